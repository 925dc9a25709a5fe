/**
 * Speaks to Roots for a back-end written in JavaScript.
 *
 *     import { Cornelius } from "@rootspush/cornelius";
 *     const roots = new Cornelius();
 *     await roots.update("my/data", "hello");
 *
 * Updates go to Dudley, the piece of Roots that takes them over HTTP.
 *
 * The rules
 *
 * 1. A call hands over all that it was given, in order, or nothing of it. A
 *    batch of more than 1,000 updates or 1 MiB is an error and is not split.
 * 2. A call that fulfils has been taken. That does not mean that anybody hears
 *    those paths, nor that an id is of someone still there.
 * 3. Nothing is sent twice. When no answer came, it is not known whether the
 *    batch was taken; to send it again is for the caller to decide.
 * 4. Whatever goes wrong is a CorneliusError; a verb never throws, it rejects.
 * 5. Calls that are not awaited may arrive in any order.
 * 6. Connections are kept for the next call, at most eight, and keep no process
 *    alive. One that the server closed meanwhile is replaced.
 *
 * It keeps nothing else, retries nothing, and follows neither redirects nor the
 * proxies of the environment.
 */
import { connections, encode } from "./lib/batch.js";
import { CorneliusError } from "./lib/error.js";
import { Dudley, judge } from "./lib/http.js";

export { CorneliusError };

export class Cornelius {
  #dudley;

  constructor(url = "http://localhost:8004/", { token, timeout = 5000 } = {}) {
    this.#dudley = new Dudley(String(url), token, timeout);
  }

  async update(path, message) {
    await this.updates([[path, message]]);
  }

  async updates(updates) {
    const body = encode(updates);
    if (body.length > 0) judge(await this.#dudley.post(body));
  }

  async connect(id, pathOrPaths) {
    await this.updates(connections("::connect", id, pathOrPaths));
  }

  async disconnect(id, pathOrPaths) {
    await this.updates(connections("::disconnect", id, pathOrPaths));
  }

  close() {
    this.#dudley.close();
  }
}
