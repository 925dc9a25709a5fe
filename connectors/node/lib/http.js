import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import { setImmediate } from "node:timers/promises";
import { CorneliusError } from "./error.js";

const maxAnswer = 1 << 16; // Dudley's longest is far shorter
const maxKept = 8; // connections that wait for the next call

/** One Dudley: where he listens, and the connections to him. */
export class Dudley {
  #url;
  #timeout;
  #address;
  #protocol;
  #options;

  constructor(url, token, timeout) {
    const socketPath = /^unix:(.+)$/s.exec(url)?.[1];
    this.#url = url;
    this.#timeout = timeout;
    this.#address = address(socketPath ? "http://localhost/" : url, url);
    this.#protocol = this.#address.protocol === "https:" ? https : http;
    this.#options = {
      method: "POST",
      headers: headers(token),
      // autoSelectFamily: localhost may be ::1 first, where nobody listens.
      agent: new this.#protocol.Agent({ keepAlive: true, maxFreeSockets: maxKept, scheduling: "lifo", autoSelectFamily: true }),
      socketPath,
    };
  }

  /** Returns status and body of the answer, waiting for the time-out at most. */
  async post(body) {
    const signal = AbortSignal.timeout(this.#timeout);
    try {
      return await this.#ask(body, signal);
    } catch (error) {
      const cause = signal.aborted ? signal.reason : error;
      throw new CorneliusError(`no answer came from ${this.#url}: ${cause.message || cause.code}`, { cause });
    }
  }

  async #ask(body, signal) {
    if (Object.keys(this.#options.agent.freeSockets).length > 0) {
      // The end of a kept connection that was closed while nobody looked is read
      // in the first turn of the loop, or in the next if this one has read already.
      await setImmediate();
      await setImmediate();
    }
    const request = this.#protocol.request(this.#address, { ...this.#options, signal });
    request.on("error", () => {}); // there may be one more after the first, which tells all
    request.setHeader("Content-Length", body.length);
    request.end(body);
    const [answer] = await once(request, "response");
    return { status: answer.statusCode, text: await read(answer) };
  }

  close() {
    this.#options.agent.destroy();
  }
}

async function read(answer) {
  const chunks = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxAnswer) throw new Error(`the answer is longer than ${maxAnswer} bytes`);
  }
  return Buffer.concat(chunks).toString();
}

function address(base, given) {
  const url = parse(base);
  if (!url || !/^https?:$/.test(url.protocol) || !url.hostname || url.search || url.hash || url.username || url.password || !/^https?:\/\/[^/]/.test(base)) {
    throw new CorneliusError(`${JSON.stringify(given)} is no address of Dudley, which is written "http://localhost:8004/" or "unix:/path"`);
  }
  return url;
}

function parse(base) {
  try {
    return new URL(base);
  } catch {
    return null;
  }
}

function headers(token) {
  const fixed = { "Content-Type": "application/json", Accept: "application/json" };
  if (token === undefined || token === null) return fixed;
  if (!/^[\x20-\x7e]*$/.test(token)) {
    throw new CorneliusError("the token has characters that no header may have, such as a line feed at its end");
  }
  return { ...fixed, Authorization: `Bearer ${token}` };
}

/** Throws a CorneliusError unless Dudley took the batch. */
export function judge({ status, text }) {
  const told = parseJSON(text);
  if (status === 200 && told.success === true) return;
  if (status >= 400 && status < 500 && typeof told.error === "string") {
    throw new CorneliusError(told.error, { status, index: Number.isInteger(told.index) ? told.index : undefined });
  }
  throw new CorneliusError(`this is no answer of Dudley: HTTP ${status} with ${JSON.stringify(text.slice(0, 80))}`, { status });
}

function parseJSON(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
