// Pomona is the browser's end of Roots: pushes arrive here.
//
//   import { Pomona } from "/comet/pomona.js";
//   const pomona = new Pomona({ connectUrl: "/connect/{id}", disconnectUrl: "/disconnect/{id}" });
//   const disconnect = pomona.connect("my/data", (message) => show(JSON.parse(message)), load);
//
// Firenze gives the page an id. The page posts it to its own back-end, with a
// JSON array of the paths that it wants; the back-end decides who may hear what.
// Then messages come, with nothing lost while the network comes and goes, and
// pomona.update("my/data", "text") sends some the other way.
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
//   - What the page sends is taken in order, and once; or its promise says why not.
//   - An error in a handler is reported and costs nobody else the message.
//   - The session ends with the page, and begins anew if the page is shown again.
//
// Messages come over WebSocket, else Server-Sent Events, else polls, by evidence:
//
//   what a transport does                     what follows
//   brings its first message                  it works; what failed just before is put off
//   brings none within 5 s, or fails          the next one is tried
//   breaks within 15 s, three times running   the next one is tried
//   breaks later, or is silent for too long   it is opened anew
//   fails as all the others did before it     Firenze can't be reached, and none is put off for that
//
// One that was put off is tried again after a minute, doubled up to an hour, or
// when the browser is online again. A single failure where there is but one
// transport left is not told; two are. Each transport begins with the newest
// `reconnectWith`, and what is given up is not listened to any more. So nothing is
// lost or comes twice, and to open anew is always safe: that is how a connection
// is checked when the network changes or the user comes back.
//
// How it works, in the order of this file: Pig knows who hears which path,
// Pomona keeps the session and asks the back-end for paths, Outbox sends updates,
// Choice knows which transport to use, then come the transports; a gate stands
// before each handler and holds back what comes while `load` runs.
//
// `reconnectWith` is the key to the session: it is kept whole, nothing is read
// of it but the id in front, and it is never logged.

const ANSWER_TIME = 45_000; // ms for a poll: Firenze holds it for 30 s, the rest is margin
const REQUEST_TIME = 30_000; // ms for any other request
const FIRST_TIME = 5_000; // ms for the first message of a stream, which Firenze sends at once
const QUIET_EVENTS = 40_000; // ms without a byte: Firenze sends a comment every 15 s
const QUIET_SOCKET = 600_000; // ms without a message: pings are hidden from pages, so that it works is checked now and then
const QUIET_SHOWN = 20_000; // ms without a sign of life, after which a page that is shown again wants to know
const DOUBT = 1_000; // ms until a poll is made again that may or may not have arrived
const SHORT_LIFE = 15_000; // ms that a stream should last
const MOST_BREAKS = 3; // of streams that did not
const FIRST_LEAVE = 60_000; // ms that a transport is put off, doubled each time
const LONGEST_LEAVE = 3_600_000; // ms
const CONFIRM_TIME = 1_000; // ms that messages of a WebSocket go without being confirmed
const MOST_UNCONFIRMED = 100; // of them
const FIRST_REST = 250; // ms at most before the second attempt, doubled for each after it
const LONGEST_REST = 10_000; // ms
const LONGEST_REST_OFFLINE = 30_000; // ms; being online again ends it
const LONGEST_RETRY_AFTER = 300_000; // ms that a server may ask for
const TICK = 15_000; // ms at most between two looks at the clock, as a computer that sleeps holds timers
const MOST_HELD = 1000; // messages held back while load runs; Firenze queues no more either
const MOST_WAITING = 1000; // updates that wait to be sent
const MOST_TOGETHER = 65_536; // bytes of updates in one request, unless there is but one
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
  const bytes = bytesOf(path);
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

const bytesOf = (text) => new TextEncoder().encode(text).length;

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
  #choice;
  #link; // what is open now, or was last
  #transport; // the name of the one that works
  #unreachable = false; // and that was told
  #asked = () => {}; // to be called when Firenze was asked for the session, or it ended
  #outbox;

  constructor({
    url = new URL("./", import.meta.url), // the folder that this module came from
    connectUrl = "/server/connect/{id}",
    disconnectUrl = "/server/disconnect/{id}",
    headers,
    credentials,
    fetch = globalThis.fetch.bind(globalThis),
    latest = false,
    transports = Object.keys(TRANSPORTS),
  } = {}) {
    super();
    this.#options = { connectUrl, disconnectUrl, headers, credentials, fetch };
    this.#url = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href.replace(/\/?$/, "/");
    this.#query = latest ? "?latest" : "";
    this.#choice = new Choice(transports);
    this.#outbox = new Outbox((updates, number) => this.#send(updates, number));
    const { signal } = this.#closed;
    globalThis.addEventListener?.("online", () => this.#choice.forgive(), { signal });
    globalThis.addEventListener?.("pagehide", () => this.#end(), { signal });
    globalThis.addEventListener?.("pageshow", (event) => event.persisted && this.#begin(), { signal });
    this.#begin();
  }

  get transport() {
    return this.#transport;
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

  update(path, message) {
    return this.#outbox.put(path, message);
  }

  close() {
    this.#end();
    this.#closed.abort();
    this.#outbox.close();
    for (const disconnect of this.#disconnects) disconnect();
  }

  #begin() {
    this.#life = new AbortController();
    this.#run(this.#life.signal);
  }

  #end() {
    this.#life.abort();
    this.#transport = undefined;
    this.#outbox.end();
    this.#asked();
    if (!this.#reconnectWith) return;
    const session = this.#url + this.#reconnectWith;
    this.#reconnectWith = "";
    if (globalThis.navigator?.sendBeacon?.(session + "/bye")) return;
    const { fetch } = this.#options;
    fetch(session, { method: "DELETE", keepalive: true }).catch(() => {}); // it expires by itself too
  }

  async #run(life) {
    for (let attempt = 0; !life.aborted; ) {
      const link = (this.#link = { transport: this.#choice.best, works: false, opened: Date.now() });
      try {
        await this.#follow(link, life);
        attempt = 0;
      } catch (failure) {
        if (life.aborted) return;
        if (link.works) attempt = lasted(link) ? 0 : link.transport.breaks;
        this.#fail(link, attempt);
        await rest(attempt++ / this.#choice.size, failure, life); // each transport has an attempt before rests double
      }
    }
  }

  // follow hears what a transport brings, until that ends or is to be opened
  // anew. To ask twice with the same reconnectWith is harmless, so what fails is
  // simply done again, or in another way.
  #follow(link, life) {
    const { patience, quiet, open } = link.transport;
    return within(patience, life, (signal, allow) => {
      const renewed = new Promise((resolve) => (link.renew = resolve));
      const heard = () => {
        if (!link.works) return;
        link.heard = Date.now();
        allow(quiet);
      };
      const take = (answer) => {
        if (signal.aborted) return;
        if (!isAnswer(answer)) throw new Error("what came is not an answer of Firenze");
        if (!link.works) this.#work(link, signal);
        heard();
        this.#take(answer);
      };
      whenWoken(signal, ({ type }) => {
        const silent = Date.now() - (link.heard ?? link.opened);
        if (type !== "visibilitychange" || silent > QUIET_SHOWN) link.renew();
      });
      const where = this.#url + this.#reconnectWith + this.#query; // any request may begin a session, if the last is over
      const doubtful = this.#reconnectWith !== "" && this.#transport !== link.transport.name;
      return Promise.race([open({ where, doubtful, fetch: this.#options.fetch, signal, take, heard }), renewed]);
    });
  }

  // work notes that a transport works, and makes way for a better one when that
  // may be tried again.
  #work(link, signal) {
    link.works = true;
    this.#transport = link.transport.name;
    this.#choice.works(!this.#unreachable);
    if (this.#unreachable) {
      this.#unreachable = false;
      this.#tell("reachable");
    }
    const ms = this.#choice.timeToBetter(link.transport);
    if (ms < Infinity) after(ms, signal, link.renew);
  }

  #fail(link, attempt) {
    this.#transport = undefined;
    const last = this.#choice.failed(link);
    if (!last || link.works || attempt === 0 || this.#unreachable) return;
    this.#unreachable = true;
    this.#tell("unreachable");
  }

  #take({ updates, reconnectWith }) {
    const id = reconnectWith.split("/", 1)[0];
    this.#reconnectWith = reconnectWith;
    if (id !== this.#id) this.#renew(id);
    this.#asked();
    for (const { path, message } of updates) this.#hear(path, message);
  }

  // A new session knows nothing of the paths of the one before.
  #renew(id) {
    const before = this.#id;
    this.#id = id;
    for (const state of this.#paths.values()) state.ready = false;
    if (before) this.#tell("lost");
    this.#settle();
    this.#outbox.begin(this.#life.signal);
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

  // send posts updates, with the number that keeps them from being applied twice.
  // When it is told that the session is over, it waits until Firenze was asked
  // for it anew, so that all know whether that is so.
  async #send(updates, number) {
    const answer = await this.#postUpdates(updates, number);
    if (answer.status !== 404) return answer;
    const asked = new Promise((resolve) => (this.#asked = resolve));
    this.#link.renew();
    await asked;
    return answer;
  }

  #postUpdates(updates, number) {
    const where = `${this.#url}${this.#reconnectWith}?number=${number}`;
    const { fetch } = this.#options;
    return within(REQUEST_TIME, this.#life.signal, async (signal) => {
      const response = await fetch(where, { method: "POST", body: JSON.stringify(updates, ["path", "message"]), signal });
      const answer = await response.json().catch(() => undefined);
      if (response.status >= 500 || (response.ok && answer?.success !== true)) throw new BadAnswer(response);
      return { ...answer, status: response.status };
    });
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

// An Outbox holds what the page has to say until it is known to be taken, in
// order, with one request at a time. A request whose answer is lost is made again
// with the same number, and applied once.
class Outbox {
  #post; // sends updates with a number, and returns what was answered
  #waiting = []; // {path, message, size, resolve, reject}
  #session; // {life, number: of the next request}; undefined while there is none
  #sending = false;
  #closed = false;

  constructor(post) {
    this.#post = post;
  }

  put(path, message) {
    return new Promise((resolve, reject) => {
      checkUpdate(path, message);
      if (this.#closed) throw new Error(`${clip(path)} can't be updated, this Pomona is closed`);
      if (this.#waiting.length === MOST_WAITING) throw new RangeError(`${clip(path)} can't be updated, ${MOST_WAITING} updates wait to be sent already`);
      const size = bytesOf(JSON.stringify({ path, message })) + 1;
      this.#waiting.push({ path, message, size, resolve, reject });
      this.#send();
    });
  }

  begin(life) {
    this.#session = { life, number: 1 };
    this.#send();
  }

  end() {
    this.#session = undefined;
  }

  close() {
    this.#closed = true;
    this.#drop(this.#waiting.length, new Error("this Pomona was closed before the update was known to be taken"));
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    await null; // what else is said in this moment goes along
    while (this.#session && this.#waiting.length > 0) await this.#deliver(this.#session);
    this.#sending = false;
  }

  // deliver sends what waits until it is known what became of it. What was not
  // taken because the session is over is left to the next.
  async #deliver(session) {
    const updates = this.#together();
    let unsure = false;
    let answer;
    for (let attempt = 0; session === this.#session && answer === undefined; attempt++) {
      try {
        answer = await this.#post(updates, session.number);
      } catch (failure) {
        unsure = true;
        await rest(attempt, failure, session.life);
      }
    }
    const lost = answer === undefined || answer.status === 404;
    if (lost && unsure) this.#drop(updates.length, new Error("the session was lost before the update was known to be taken: it may have been, or not"));
    else if (!lost || session === this.#session) this.#settle(updates, session, answer);
  }

  #together() {
    let size = 0;
    const end = this.#waiting.findIndex((update, i) => (size += update.size) > MOST_TOGETHER && i > 0);
    return this.#waiting.slice(0, end < 0 ? undefined : end);
  }

  #settle(updates, session, { status, success, error, index }) {
    if (success) {
      session.number++;
      for (const { resolve } of this.#waiting.splice(0, updates.length)) resolve();
      return;
    }
    const refusal = Object.assign(new Error(error ?? `the update was refused with status ${status}`), { status });
    if (Number.isInteger(index) && index in updates) this.#waiting.splice(index, 1)[0].reject(refusal);
    else this.#drop(updates.length, refusal);
  }

  #drop(count, reason) {
    for (const { reject } of this.#waiting.splice(0, count)) reject(reason);
  }
}

function checkUpdate(path, message) {
  checkPath(path);
  if (isControl(path)) throw new TypeError(`control path ${clip(path)} can't be updated from a page`);
  if (typeof message !== "string") throw new TypeError(`the message for ${clip(path)} must be text; JSON.stringify makes it of anything else`);
}

// A Choice knows which transport is the best to use. One that fails is a suspect:
// it is put off only when another works right after it, for if nothing works it
// is not its fault.
class Choice {
  #all;
  #suspects = new Set();

  constructor(names) {
    const unknown = names.find((name) => !Object.hasOwn(TRANSPORTS, name));
    if (unknown !== undefined) throw new TypeError(`${clip(String(unknown))} is no transport, there are ${Object.keys(TRANSPORTS).join(", ")}`);
    const usable = names.filter((name) => name !== "websocket" || globalThis.WebSocket);
    if (usable.length === 0) throw new TypeError(`none of the transports [${names}] is to be had here`);
    this.#all = usable.map((name) => ({ name, ...TRANSPORTS[name], breaks: 0, leaves: 0, until: 0 }));
  }

  get size() {
    return this.#all.length;
  }

  get best() {
    return this.#all.find((one) => this.#isFree(one)) ?? this.#all.at(-1);
  }

  #isFree(one) {
    return one.until <= Date.now() && !this.#suspects.has(one);
  }

  // failed takes note of a link that came to its end, and says whether it was
  // the last that could be tried. Then it all begins again.
  failed(link) {
    const one = link.transport;
    if (lasted(link)) one.breaks = one.leaves = 0;
    else if (link.works) one.breaks++;
    if (link.works && one.breaks < MOST_BREAKS) return false;
    this.#suspects.add(one);
    const last = !this.#all.some((other) => this.#isFree(other));
    if (last) this.#suspects.clear();
    return last;
  }

  // works takes note that one works, and puts the suspects off if they are to blame.
  works(toBlame) {
    for (const one of toBlame ? this.#suspects : []) {
      const ms = Math.min(LONGEST_LEAVE, FIRST_LEAVE * 2 ** one.leaves++);
      one.until = Date.now() + ms * (1 + Math.random()) / 2; // not all pages of a network at once
      one.breaks = 0;
    }
    this.#suspects.clear();
  }

  // forgive lets everything be tried anew, as the network is another.
  forgive() {
    for (const one of this.#all) one.until = one.leaves = 0;
    this.#suspects.clear();
  }

  // timeToBetter is how many ms it takes until one may be tried that is preferred.
  timeToBetter(one) {
    const better = this.#all.slice(0, this.#all.indexOf(one));
    return Math.max(0, Math.min(...better.map(({ until }) => until - Date.now())));
  }
}

const lasted = ({ works, opened }) => works && Date.now() - opened >= SHORT_LIFE;

// A transport is opened with what is to be done:
//
//   where     the URL with the newest reconnectWith
//   take      is to be called with each answer
//   heard     is to be called at each other sign of life
//   signal    ends it
//   doubtful  it has yet to be seen that this transport works
//
// open ends when all is done, and fails when something breaks. A transport has
// patience ms for its first answer, and may be quiet for as long as it says then.
const TRANSPORTS = {
  websocket: { open: openSocket, patience: FIRST_TIME, quiet: QUIET_SOCKET },
  sse: { open: openEvents, patience: FIRST_TIME, quiet: QUIET_EVENTS },
  poll: { open: poll, patience: ANSWER_TIME, quiet: ANSWER_TIME },
};

function openSocket({ where, signal, take }) {
  return new Promise((_, reject) => {
    const socket = new WebSocket(where.replace("http", "ws"));
    const confirm = confirmer(socket, signal);
    signal.addEventListener("abort", () => socket.close());
    socket.onclose = ({ code }) => reject(new Error(`the WebSocket was closed with code ${code}`));
    socket.onmessage = ({ data }) => {
      try {
        const answer = JSON.parse(data);
        take(answer);
        confirm(answer);
      } catch (error) {
        reject(error);
      }
    };
  });
}

// A confirmer tells Firenze what was received, so that it need not be kept: about
// once a second, or at once if that is much.
function confirmer(socket, signal) {
  let unconfirmed = 0;
  let newest;
  let timer;
  const confirm = () => {
    clearTimeout(timer);
    timer = undefined;
    unconfirmed = 0;
    socket.send(JSON.stringify({ confirm: newest }));
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  return ({ updates, reconnectWith }) => {
    if (signal.aborted || updates.length === 0) return;
    newest = reconnectWith;
    unconfirmed += updates.length;
    if (unconfirmed >= MOST_UNCONFIRMED) confirm();
    else timer ??= setTimeout(confirm, CONFIRM_TIME);
  };
}

// Server-Sent Events are read with fetch, as EventSource hides what matters here:
// the status and Retry-After of an answer, and the comments, whose absence
// tells that a connection is dead. It also is missing in Node.
async function openEvents({ where, fetch, signal, take, heard }) {
  const response = await fetch(where, { headers: { Accept: "text/event-stream" }, cache: "no-store", signal });
  const type = response.headers.get("Content-Type") ?? "";
  if (!response.ok || !type.startsWith("text/event-stream")) throw new BadAnswer(response);
  const reader = response.body.getReader();
  const parse = eventParser(({ id, event, data }) => take({ updates: event ? [] : [JSON.parse(data)], reconnectWith: id }));
  for (let part; !(part = await reader.read()).done; ) {
    parse(part.value);
    heard();
  }
  throw new Error("the stream of events ended");
}

// An event parser is fed with bytes, and hands on each event that has data.
function eventParser(hand) {
  const decoder = new TextDecoder();
  let begun = ""; // of a line
  let event = {};
  return (bytes) => {
    const lines = (begun + decoder.decode(bytes, { stream: true })).split("\n");
    begun = lines.pop();
    for (const line of lines) {
      const [, field, value] = /^([^:\r]*):? ?(.*?)\r?$/.exec(line);
      if (field) event[field] = value;
      if (line !== "" && line !== "\r") continue;
      if ("data" in event) hand(event);
      event = {};
    }
  };
}

// A poll may be held for 30 s before it is answered. To know earlier whether it
// arrived it is made once more: the second takes the place of the first, which
// therefore is answered at once.
async function poll({ where, doubtful, fetch, signal, take }) {
  const ask = async () => {
    const response = await fetch(where, { cache: "no-store", signal });
    if (!response.ok) throw new BadAnswer(response);
    return response.json();
  };
  const asked = [ask()];
  if (doubtful) asked.push(new Promise((resolve) => after(DOUBT, signal, resolve)).then(ask));
  take(await Promise.race(asked));
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

// within does work, but not longer than ms, counted anew when work allows that,
// and not beyond life. What work still brings after that is lost: it can't be
// taken for the answer to a later request. The time is that of the wall, as
// others don't go on while a computer sleeps; a clock that is set back ends it too.
async function within(ms, life, work) {
  const end = new AbortController();
  const ended = new Promise((_, reject) => end.signal.addEventListener("abort", () => reject(end.signal.reason)));
  let deadline;
  let timer;
  const allow = (more) => {
    ms = more;
    deadline = Date.now() + ms;
  };
  const watch = () => {
    const left = deadline - Date.now();
    if (left <= 0 || left > ms) end.abort(new Error(`nothing came within ${ms} ms`));
    else timer = setTimeout(watch, Math.min(left, TICK));
  };
  allow(ms);
  watch();
  life.addEventListener("abort", () => end.abort(life.reason), { signal: end.signal });
  try {
    return await Promise.race([work(end.signal, allow), ended]);
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
    if (asked === 0) whenWoken(signal, wake);
  });
}

// whenWoken calls when the network has changed or the user is back.
function whenWoken(signal, call) {
  globalThis.addEventListener?.("online", call, { signal });
  globalThis.addEventListener?.("offline", call, { signal });
  globalThis.document?.addEventListener("visibilitychange", (event) => document.visibilityState === "visible" && call(event), { signal });
}

// after calls in ms, unless signal ends before.
function after(ms, signal, call) {
  const timer = setTimeout(call, ms);
  signal.addEventListener("abort", () => clearTimeout(timer));
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
