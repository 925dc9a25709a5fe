// Pomona is the browser's end of Roots: pushes arrive here.
//
//   import { Pomona } from "/comet/pomona.js";
//   const pomona = new Pomona({ connectUrl: "/connect/{id}", disconnectUrl: "/disconnect/{id}" });
//   const disconnect = pomona.connect("my/data", (message) => show(JSON.parse(message)), load);
//
// Firenze gives the page an id. The page posts it to its own back-end, with a
// JSON array of the paths that it wants; the back-end decides who may hear what.
// Then messages come, with nothing lost while the network comes and goes.
//
// Guarantees:
//
//   - Messages of a path reach each handler in order, and once.
//   - `load` runs when the path is connected, and again whenever messages may
//     have been missed. What comes while it runs is handed on after it, so an
//     old answer of the server never overwrites a newer message.
//   - Whatever fails is tried again, later and later, at random moments, so that
//     ten thousand pages don't come back at once. Only a path that the back-end
//     refuses (4xx) waits for the next session, or to be connected anew.
//   - An error in a handler is reported and costs nobody else the message.
//   - The session ends with the page, and begins anew if the page is shown again.
//
// How it works, in the order of this file: Pig knows who hears which path,
// Pomona keeps the session and asks the back-end for paths, a gate stands before
// each handler and holds back what comes while `load` runs.
//
// `reconnectWith` is the key to the session: it is kept whole, nothing is read
// of it but the id in front, and it is never logged.

const ANSWER_TIME = 45_000; // ms for a poll: Firenze holds it for 30 s, the rest is margin
const REQUEST_TIME = 30_000; // ms for the back-end
const FIRST_REST = 250; // ms at most before the second attempt, doubled for each after it
const LONGEST_REST = 10_000; // ms
const LONGEST_REST_OFFLINE = 30_000; // ms; being online again ends it
const LONGEST_RETRY_AFTER = 300_000; // ms that a server may ask for
const MOST_HELD = 1000; // messages held back while load runs; Firenze queues no more either
const MAX_PATH = 255; // bytes
const MAX_SEGMENTS = 32; // of a pattern

/** Pig is the dispatcher: it knows who hears which path, and hands updates to them. */
export class Pig {
  #paths = new Map(); // path -> the places of its receivers
  #patterns = new Map(); // the same by pattern; each costs a look at every update

  on(pathOrPattern, receiver) {
    checkPath(pathOrPattern);
    const isPattern = pathOrPattern.includes("*");
    if (isPattern) checkPattern(pathOrPattern);
    const table = isPattern ? this.#patterns : this.#paths;
    const place = { receiver, taken: true }; // a receiver that is put twice has two
    const places = table.get(pathOrPattern) ?? new Set();
    table.set(pathOrPattern, places.add(place));
    return () => {
      place.taken = false;
      if (places.delete(place) && places.size === 0) table.delete(pathOrPattern);
    };
  }

  update(sender, path, message) {
    for (const place of [...this.#hearing(path)]) {
      if (place.taken) guarded(() => place.receiver(sender, path, message));
    }
  }

  *#hearing(path) {
    yield* this.#paths.get(path) ?? [];
    if (isControl(path)) return;
    for (const [pattern, places] of this.#patterns) {
      if (matches(pattern.split("/"), path.split("/"))) yield* places;
    }
  }
}

function matches(pattern, path) {
  const enough = pattern.at(-1) === "**" ? path.length >= pattern.length : path.length === pattern.length;
  return enough && pattern.every((segment, i) => segment === "*" || segment === "**" || segment === path[i]);
}

const isControl = (path) => path.startsWith("::");

function checkPath(path) {
  if (typeof path !== "string" || path === "") throw new TypeError('a path is text that names something, as in "my/data"');
  const bytes = new TextEncoder().encode(path).length;
  if (bytes > MAX_PATH) throw new RangeError(`path ${clip(path)} is ${bytes} bytes long, at most ${MAX_PATH} are allowed`);
  if (/[\p{Cc}\p{Cs}]/u.test(path)) throw new TypeError(`path ${clip(path)} has a control character or half a letter in it, only printable text is allowed`);
}

function checkPattern(pattern) {
  const segments = pattern.split("/");
  if (isControl(pattern)) throw new TypeError(`control path ${clip(pattern)} can't be matched`);
  if (segments.length > MAX_SEGMENTS) throw new RangeError(`pattern ${clip(pattern)} has ${segments.length} segments, at most ${MAX_SEGMENTS} are allowed`);
  if (segments.slice(0, -1).includes("**")) throw new TypeError(`pattern ${clip(pattern)} has "**" before its end, only the last segment may be "**"`);
  if (segments.some((s) => s.includes("*") && s !== "*" && s !== "**")) {
    throw new TypeError(`pattern ${clip(pattern)} has a star inside of a segment, it must be a whole segment as in "a/*/b"`);
  }
}

const clip = (text) => JSON.stringify(text.slice(0, 80)) + (text.length > 80 ? "…" : "");

/** Pomona keeps a session with Firenze and hands its messages to handlers. */
export class Pomona extends EventTarget {
  #options;
  #url; // of Firenze
  #query;
  #pig = new Pig();
  #paths = new Map(); // path -> {handlers: how many, askedFor: the id it was asked for, refused, ready: it is confirmed}
  #reconnectWith = ""; // empty while there is no session
  #id; // of this session, or of the last
  #life; // ends with the session
  #closed = new AbortController();
  #disconnects = new Set(); // of all handlers there are, for close
  #settling = false;

  constructor({
    url = new URL("./", import.meta.url), // the folder that this module came from
    connectUrl = "/server/connect/{id}",
    disconnectUrl = "/server/disconnect/{id}",
    headers,
    credentials,
    fetch = globalThis.fetch.bind(globalThis),
    latest = false,
  } = {}) {
    super();
    this.#options = { connectUrl, disconnectUrl, headers, credentials, fetch };
    this.#url = String(url).replace(/\/?$/, "/");
    this.#query = latest ? "?latest" : "";
    const { signal } = this.#closed;
    globalThis.addEventListener?.("pagehide", () => this.#end(), { signal });
    globalThis.addEventListener?.("pageshow", (event) => event.persisted && this.#begin(), { signal });
    this.#begin();
  }

  connect(path, handler, load) {
    checkPath(path);
    if (isControl(path) || path.includes("*")) throw new TypeError(`${clip(path)} can't be connected to, only a plain path can`);
    if (this.#closed.signal.aborted) throw new Error(`${clip(path)} can't be connected to, this Pomona is closed`);

    const end = new AbortController();
    const receiver = gate(handler, load, end.signal);
    const off = this.#pig.on(path, receiver);
    const state = this.#paths.get(path) ?? { handlers: 0, askedFor: undefined, refused: false, ready: false };
    this.#paths.set(path, state);
    state.handlers++;
    if (state.refused) state.askedFor = undefined; // whoever wants it now may have logged in since
    if (state.ready) receiver(this, path, "");
    this.#settle();

    const disconnect = () => {
      if (end.signal.aborted) return;
      end.abort();
      off();
      state.handlers--;
      this.#disconnects.delete(disconnect);
      this.#settle();
    };
    this.#disconnects.add(disconnect);
    return disconnect;
  }

  close() {
    this.#end();
    this.#closed.abort();
    for (const disconnect of this.#disconnects) disconnect();
  }

  #begin() {
    this.#life = new AbortController();
    this.#poll(this.#life.signal);
  }

  #end() {
    this.#life.abort();
    if (!this.#reconnectWith) return;
    const session = this.#url + this.#reconnectWith;
    this.#reconnectWith = "";
    if (globalThis.navigator?.sendBeacon?.(session + "/bye")) return;
    const { fetch } = this.#options;
    fetch(session, { method: "DELETE", keepalive: true }).catch(() => {}); // it expires by itself too
  }

  async #poll(life) {
    for (let attempt = 0; !life.aborted; ) {
      try {
        const answer = await this.#fetchAnswer(life);
        if (!life.aborted) this.#take(answer);
        attempt = 0;
      } catch (failure) {
        await rest(attempt++, failure, life);
      }
    }
  }

  // The one place that knows how updates are fetched. To ask twice with the same
  // reconnectWith is harmless, so what fails is simply done again.
  #fetchAnswer(life) {
    const { fetch } = this.#options;
    const where = this.#url + this.#reconnectWith + this.#query; // any request may begin a session, if the last is over
    return within(ANSWER_TIME, life, async (signal) => {
      const response = await fetch(where, { cache: "no-store", signal });
      if (!response.ok) throw new BadAnswer(response);
      const answer = await response.json();
      if (!isAnswer(answer)) throw new BadAnswer(response);
      return answer;
    });
  }

  #take({ updates, reconnectWith }) {
    const id = reconnectWith.split("/", 1)[0];
    this.#reconnectWith = reconnectWith;
    if (id !== this.#id) this.#renew(id);
    for (const { path, message } of updates) this.#hear(path, message);
  }

  // A new session knows nothing of the paths of the one before.
  #renew(id) {
    const before = this.#id;
    this.#id = id;
    for (const state of this.#paths.values()) state.ready = false;
    if (before) this.#tell("lost");
    this.#settle();
  }

  #hear(path, message) {
    if (path === "::+::disconnect") {
      // Of an earlier connection that was given up, or the back-end ended this
      // one: what comes until it is confirmed again is missed, so load again then.
      const ended = this.#paths.get(message);
      if (ended) ended.ready = false;
      return;
    }
    const state = this.#paths.get(path);
    if (!state) return;
    if (!state.ready) {
      state.ready = true;
      this.#pig.update(this, path, "");
      this.#tell("ready", { path });
    }
    if (message.trim()) this.#pig.update(this, path, message);
  }

  // settle brings the back-end to know what is wanted: one request at a time,
  // so that they can't overtake each other, with all that is due in it.
  async #settle() {
    if (this.#settling) return;
    this.#settling = true;
    await null; // what else is wanted in this moment goes along
    for (let attempt = 0, due; (due = this.#due()); ) {
      try {
        await this.#ask(due);
      } catch (failure) {
        if (attempt === 0 && !this.#life.signal.aborted) console.warn("Pomona asks the back-end again after", failure);
        await rest(attempt++, failure, this.#life.signal);
      }
    }
    this.#settling = false;
  }

  // due is what the back-end must be asked for next, and undefined if nothing
  // is or there is no session to ask for.
  #due() {
    const id = this.#id;
    if (!this.#reconnectWith) return undefined;
    const missing = [];
    const needless = [];
    for (const [path, { handlers, askedFor }] of this.#paths) {
      if (handlers > 0 && askedFor !== id) missing.push(path);
      else if (handlers === 0 && askedFor === id) needless.push(path);
      else if (handlers === 0) this.#paths.delete(path);
    }
    const { connectUrl, disconnectUrl } = this.#options;
    if (missing.length > 0) return { url: connectUrl, id, paths: missing, connects: true };
    if (needless.length > 0) return { url: disconnectUrl, id, paths: needless, connects: false };
    return undefined;
  }

  async #ask({ url, id, paths, connects }) {
    const response = await within(REQUEST_TIME, this.#life.signal, (signal) => this.#post(url, id, paths, signal));
    if (response?.status >= 500) throw new BadAnswer(response);
    for (const path of paths) {
      const state = this.#paths.get(path);
      state.askedFor = connects ? id : undefined;
      state.refused = connects && response?.status >= 400;
      if (!connects) state.ready = false;
    }
    if (connects && response?.status >= 400) this.#tell("error", { paths, status: response.status });
  }

  async #post(url, id, paths, signal) {
    if (typeof url === "function") return url(id, paths);
    const { fetch, credentials, headers: given } = this.#options;
    const headers = new Headers(typeof given === "function" ? await given() : given);
    headers.set("Content-Type", "application/json");
    const where = url.replace(/\{id\}|%@/g, () => encodeURIComponent(id)); // %@ is how it was written in 2009
    return fetch(where, { method: "POST", headers, body: JSON.stringify(paths), credentials, signal });
  }

  #tell(type, details) {
    this.dispatchEvent(Object.assign(new Event(type), details));
  }
}

function isAnswer(answer) {
  return typeof answer?.reconnectWith === "string" && answer.reconnectWith !== "" &&
    Array.isArray(answer.updates) &&
    answer.updates.every((update) => typeof update?.path === "string" && typeof update.message === "string");
}

// A gate stands before a handler. The empty message, which says that the path is
// connected, makes it load; what comes while it loads is held back until then.
function gate(handler, load, life) {
  let held; // while it loads
  let stale = false; // load must run once more

  async function reload() {
    const loading = held !== undefined;
    held = []; // what the load that follows shows already
    stale = true;
    if (loading) return;
    await null; // connect returns before load is called
    for (let attempt = 0; stale && !life.aborted; ) {
      stale = false;
      try {
        await load();
      } catch (error) {
        stale = true;
        report(error);
        await rest(attempt++, error, life);
      }
    }
    const waiting = held;
    held = undefined;
    for (const [message, path] of waiting) {
      if (!life.aborted) guarded(() => handler(message, path));
    }
  }

  return (_, path, message) => {
    if (message === "") {
      if (load) reload();
    } else if (held === undefined) {
      handler(message, path);
    } else if (held.length < MOST_HELD) {
      held.push([message, path]);
    } else {
      reload();
    }
  };
}

// BadAnswer is the failure of a request that was answered, but not as it should be.
class BadAnswer extends Error {
  constructor(response) {
    super(`an answer with status ${response.status} was not what was asked for`);
    const seconds = Number(response.headers?.get("Retry-After")) || 0;
    this.retryAfter = Math.min(seconds * 1000, LONGEST_RETRY_AFTER);
  }
}

// within does work, but not longer than ms and not beyond life. What work still
// brings after that is lost: it can't be taken for the answer to a later request.
async function within(ms, life, work) {
  const end = new AbortController();
  const ended = new Promise((_, reject) => end.signal.addEventListener("abort", () => reject(end.signal.reason)));
  const timer = setTimeout(() => end.abort(new Error(`there was no answer within ${ms} ms`)), ms);
  life.addEventListener("abort", () => end.abort(life.reason), { signal: end.signal });
  try {
    return await Promise.race([work(end.signal), ended]);
  } finally {
    clearTimeout(timer);
    end.abort();
  }
}

// rest waits between two attempts, for as long as the server asked for and a
// time at random. It ends early with life, and, unless the server asked for it,
// as soon as the network or the user is back.
function rest(attempt, failure, life) {
  const longest = globalThis.navigator?.onLine === false ? LONGEST_REST_OFFLINE : LONGEST_REST;
  const atRandom = Math.random() * Math.min(longest, FIRST_REST * 2 ** attempt);
  const asked = failure instanceof BadAnswer ? failure.retryAfter : 0;
  return new Promise((resolve) => {
    if (life.aborted) return resolve();
    const end = new AbortController();
    const { signal } = end;
    const wake = () => {
      clearTimeout(timer);
      end.abort();
      resolve();
    };
    const timer = setTimeout(wake, asked + atRandom);
    life.addEventListener("abort", wake, { signal });
    if (asked > 0) return;
    globalThis.addEventListener?.("online", wake, { signal });
    globalThis.document?.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake(), { signal });
  });
}

function guarded(call) {
  try {
    call();
  } catch (error) {
    report(error);
  }
}

function report(error) {
  (globalThis.reportError ?? console.error)(error);
}
