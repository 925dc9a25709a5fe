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
//   - All tabs and workers of a browser share one session, where there are Web
//     Locks and BroadcastChannel. Which of them are closed, frozen or killed makes
//     no difference to the others.
//   - The session ends with the last page, and begins anew if one is shown again.
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
// Group lets tabs share a session (its rules stand there), Choice knows which
// transport to use, then come the transports; a gate stands before each handler
// and holds back what comes while `load` runs.
//
// `reconnectWith` is the key to the session: it is kept whole, nothing is read
// of it but the id in front, it is told to tabs of the same origin alone, and it
// is never logged.

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
const RULES = 1; // the version of how tabs speak with each other; those of another don't hear it
const PING_TIME = 5_000; // ms between two looks at the leading tab
const MOST_UNANSWERED = 3; // pings, after which another tab leads
const LAST_WORDS = 100; // ms in which what a tab said that has gone is sure to be heard
const MAX_PATH = 255; // bytes
const MAX_SEGMENTS = 32; // of a pattern

/** Pig is the dispatcher: it knows who hears which path, and hands updates to them. */
export class Pig {
  #paths = new Map(); // path -> the places of its receivers
  #patterns = new Map(); // the same by pattern; each costs a look at every update

  on(pathOrPattern, receiver) {
    checkPath(pathOrPattern);
    if (isPattern(pathOrPattern)) checkPattern(pathOrPattern);
    const table = isPattern(pathOrPattern) ? this.#patterns : this.#paths;
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

const NEVER = new Promise(() => {});

const isPattern = (path) => path.includes("*"); // a page asks for no path with a star in it

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
  #paths = new Map(); // path or pattern -> what is known of it, see enter
  #closed = new AbortController();
  #disconnects = new Set(); // of all handlers there are, for close
  #settling = false;
  #pending = new Map(); // number -> {path, message, resolve, reject, said} of an update that is not known to be taken
  #updates = 0; // how many there were
  #life; // ends when the page is left

  // What all tabs of a group know. It changes when they hear of it.
  #group;
  #leader; // the tab that follows the session for all
  #claim; // with which it began to
  #members = new Map(); // tab -> the paths and patterns that it wants
  #orphans = new Set(); // paths that only a tab wanted that has gone
  #leaving = new Set(); // paths that a tab gives up, which another may have asked for meanwhile
  #reconnectWith = ""; // empty while there is no session
  #id; // of this session, or of the last
  #count = 0; // of its messages so far
  #transport; // the name of the one that works
  #unreachable = false; // and that was told
  #inDoubt = []; // updates of which only an earlier leader, or nobody, knows whether a session that was lost has taken them
  #posting; // {id, number, updates}: the latest request of the Outbox in this session, and what of it is not known to be taken

  // What only the leader has.
  #reign; // ends when another leads, or the page is left
  #choice;
  #link; // what is open now, or was last
  #asked = () => {}; // to be called when Firenze was asked for the session, or it ended
  #outbox;

  constructor({
    url = new URL("./", import.meta.url), // the folder that this module came from
    connectUrl = "/server/connect/{id}",
    disconnectUrl = "/server/disconnect/{id}",
    matchUrl,
    unmatchUrl,
    headers,
    credentials,
    fetch = globalThis.fetch.bind(globalThis),
    latest = false,
    transports = Object.keys(TRANSPORTS),
    share = true,
    signal,
  } = {}) {
    super();
    this.#options = { connectUrl, disconnectUrl, matchUrl, unmatchUrl, headers, credentials, fetch, share: share && !latest && canShare() };
    this.#url = new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href).href.replace(/\/?$/, "/");
    this.#query = latest ? "?latest" : "";
    this.#choice = new Choice(transports);
    this.#outbox = new Outbox((updates, number) => this.#send(updates, number), (settled) => this.#group.say("settled", settled));
    const until = { signal: this.#closed.signal };
    globalThis.addEventListener?.("online", () => this.#choice.forgive(), until);
    globalThis.addEventListener?.("pagehide", () => this.#end(), until);
    globalThis.addEventListener?.("pageshow", (event) => event.persisted && this.#begin(), until);
    whenShown(until.signal, () => this.#group.say("shown"));
    signal?.addEventListener("abort", () => this.close(), until);
    if (signal?.aborted) this.#closed.abort();
    else this.#begin();
  }

  get transport() {
    return this.#transport;
  }

  connect(path, handler, load, { signal } = {}) {
    checkPath(path);
    if (isControl(path)) throw new TypeError(`control path ${clip(path)} can't be connected to`);
    if (isPattern(path)) {
      if (!this.#options.matchUrl) throw new TypeError(`${clip(path)} is a pattern, not a path, and without a matchUrl nobody can be asked for it`);
      checkPattern(path);
    }
    if (this.#closed.signal.aborted) throw new Error(`${clip(path)} can't be connected to, this Pomona is closed`);
    if (signal?.aborted) return () => {};

    const end = new AbortController();
    const state = this.#paths.get(path) ?? this.#enter(path);
    const receiver = gate(handler, load, end.signal);
    const off = this.#pig.on(path, (_, about, message) => state.ready && receiver(message, about));
    state.receivers.add(receiver);
    if (state.refused) state.askedFor = undefined; // whoever wants it now may have logged in since
    if (state.ready) receiver("", path);
    this.#settle();

    const disconnect = () => {
      if (end.signal.aborted) return;
      end.abort();
      off();
      state.receivers.delete(receiver);
      this.#disconnects.delete(disconnect);
      this.#settle();
    };
    this.#disconnects.add(disconnect);
    signal?.addEventListener("abort", disconnect, { signal: end.signal });
    return disconnect;
  }

  #enter(path, askedFor) {
    const state = {
      receivers: new Set(),
      askedFor, // the id of the session in which the back-end was asked for it
      refused: false,
      ready: false, // it is confirmed
      early: false, // it is, but maybe for another tab, as the back-end has not answered this one yet
    };
    this.#paths.set(path, state);
    return state;
  }

  update(path, message) {
    return new Promise((resolve, reject) => {
      checkUpdate(path, message);
      if (this.#closed.signal.aborted) throw new Error(`${clip(path)} can't be updated, this Pomona is closed`);
      if (this.#pending.size === MOST_WAITING) throw new RangeError(`${clip(path)} can't be updated, ${MOST_WAITING} updates wait to be sent already`);
      const n = ++this.#updates;
      this.#pending.set(n, { path, message, resolve, reject, said: false });
      this.#sayPending();
    });
  }

  #sayPending() {
    if (!this.#group.joined) return;
    for (const [n, pending] of this.#pending) {
      if (pending.said) continue;
      pending.said = true;
      this.#group.say("update", { n, path: pending.path, message: pending.message, claim: this.#claim });
    }
  }

  close() {
    if (this.#closed.signal.aborted) return;
    this.#end();
    this.#closed.abort();
    this.#outbox.clear();
    this.#rejectAll("this Pomona was closed before the update was known to be taken");
    for (const disconnect of this.#disconnects) disconnect();
  }

  #rejectAll(reason) {
    for (const { reject } of this.#pending.values()) reject(new Error(reason));
    this.#pending.clear();
  }

  #begin() {
    const life = (this.#life = new AbortController()).signal;
    const alone = () => {
      this.#group = new Alone((kind, what, from) => this.#hear(kind, what, from));
      this.#group.begin();
    };
    if (!this.#options.share) return alone();
    this.#group = new Group(`pomona ${RULES} ${this.#url}`, life, {
      hear: (kind, what, from) => this.#hear(kind, what, from),
      tell: () => this.#common(),
      learn: (common) => this.#learn(common),
    });
    this.#group.begin().catch(() => life.aborted || alone()); // as where storage is forbidden
  }

  #end() {
    this.#life.abort();
    this.#reign?.abort();
    this.#reign = this.#leader = this.#transport = undefined;
    this.#outbox.end();
    this.#asked();
    const shared = this.#members.size > 1;
    this.#members.clear();
    if (this.#group instanceof Group) this.#leaveUpdates(shared);
    if (!this.#reconnectWith) return;
    const session = this.#url + this.#reconnectWith;
    this.#reconnectWith = "";
    if (shared) return; // the others go on with it
    if (globalThis.navigator?.sendBeacon?.(session + "/bye")) return;
    const { fetch } = this.#options;
    fetch(session, { method: "DELETE", keepalive: true }).catch(() => {}); // it expires by itself too
  }

  // leaveUpdates rejects what the others send now, and what may have been taken.
  // The rest is said when the page is shown again.
  #leaveUpdates(shared) {
    if (shared) this.#rejectAll("the page was left before the update was known to be taken: it may have been, or not");
    else this.#answer(this.#posting?.updates ?? [], { error: UNSURE });
    this.#posting = undefined;
    this.#outbox.clear();
  }

  // hear takes note of what was said in the group, by this tab or another.
  #hear(kind, what, from) {
    if (kind !== "gone" && !this.#members.has(from)) this.#members.set(from, new Set());
    const byLeader = from === this.#leader;
    switch (kind) {
      case "hello": return this.#reign && this.#attend(from);
      case "claim": return this.#follow(from, what);
      case "news": return this.#take(what, byLeader);
      case "status": return byLeader && this.#status(what);
      case "wants": return this.#wants(what, from);
      case "leaves": return this.#leaves(what, from);
      case "gone": return this.#gone(what);
      case "shown": return this.#link?.shown?.();
      case "update": return this.#reign && what.claim === this.#claim && this.#outbox.put({ tab: from, ...what });
      case "posting": return byLeader && this.#posts(what);
      case "settled": return this.#settled(what, byLeader);
    }
  }

  // common is what a tab has to know that joins the group now, and learn takes it.
  #common() {
    return {
      leader: this.#leader, claim: this.#claim, members: this.#members, leaving: this.#leaving, orphans: this.#orphans,
      id: this.#id, count: this.#count, reconnectWith: this.#reconnectWith, posting: this.#posting, inDoubt: this.#inDoubt,
      status: { transport: this.#transport, unreachable: this.#unreachable },
    };
  }

  #learn({ leader, claim, members, leaving, orphans, id, count, reconnectWith, posting, inDoubt, status }) {
    this.#leader = leader;
    this.#claim = claim;
    this.#members = members;
    this.#status(status);
    this.#reconnectWith = reconnectWith;
    if (reconnectWith) this.#renew(id, count);
    this.#leaving = leaving;
    this.#orphans = orphans;
    this.#posting = posting;
    this.#inDoubt = inDoubt;
    for (const pending of this.#pending.values()) pending.said = false;
    this.#sayPending();
  }

  // follow lets a tab lead, be it this one or another. What was said to the one
  // before and is not on its way yet is said again.
  #follow(leader, claim) {
    if (leader === this.#leader) return;
    const leads = leader === this.#group.tab;
    this.#leader = leader;
    this.#claim = claim;
    if (leads !== Boolean(this.#reign)) {
      if (leads) this.#lead();
      else this.#giveWay();
    }
    const doubtful = this.#inDoubt.splice(0);
    if (this.#members.size > 1) this.#answer(doubtful, { error: UNSURE });
    const onItsWay = this.#posting?.updates ?? [];
    for (const [n, pending] of this.#pending) pending.said = includes(onItsWay, { tab: this.#group.tab, n });
    this.#sayPending();
  }

  #lead() {
    this.#reign = new AbortController();
    if (this.#reconnectWith) this.#outbox.begin(this.#reign.signal, this.#id, this.#posting);
    for (const tab of this.#members.keys()) if (tab !== this.#group.tab) this.#attend(tab);
    this.#adopt();
    this.#run(this.#reign.signal);
  }

  #giveWay() {
    this.#reign.abort();
    this.#reign = undefined;
    this.#outbox.clear();
  }

  // attend waits for the end of another tab.
  #attend(tab) {
    this.#group.whenGone(tab, this.#reign.signal, () => this.#group.say("gone", tab));
  }

  #wants(paths, tab) {
    for (const path of paths) {
      this.#members.get(tab).add(path);
      this.#orphans.delete(path);
    }
  }

  #leaves(paths, tab) {
    for (const path of paths) {
      this.#members.get(tab).delete(path);
      if (tab !== this.#group.tab && !this.#othersWant(path, tab)) this.#leaving.add(path);
    }
  }

  #gone(tab) {
    const wanted = this.#members.get(tab) ?? [];
    this.#members.delete(tab);
    for (const path of wanted) if (!this.#othersWant(path, tab)) this.#orphans.add(path);
    if (this.#reign) this.#adopt();
  }

  // adopt gives up what only a tab wanted that has gone.
  #adopt() {
    for (const path of this.#orphans) if (!this.#paths.has(path)) this.#enter(path, this.#id);
    this.#orphans.clear();
    this.#settle();
  }

  #othersWant(path, self = this.#group.tab) {
    return [...this.#members].some(([tab, wanted]) => tab !== self && wanted.has(path));
  }

  async #run(reign) {
    for (let attempt = 0; !reign.aborted; ) {
      const link = (this.#link = { transport: this.#choice.best, works: false, opened: Date.now() });
      try {
        await this.#open(link, reign);
        attempt = 0;
      } catch (failure) {
        if (reign.aborted) return;
        if (link.works) attempt = lasted(link) ? 0 : link.transport.breaks;
        this.#fail(link, attempt);
        await rest(attempt++ / this.#choice.size, failure, reign); // each transport has an attempt before rests double
      }
    }
  }

  // open hears what a transport brings, until that ends or is to be opened
  // anew. To ask twice with the same reconnectWith is harmless, so what fails is
  // simply done again, or in another way.
  #open(link, reign) {
    const { patience, quiet, open } = link.transport;
    link.id = this.#reconnectWith && this.#id;
    link.count = this.#count;
    return within(patience, reign, (signal, allow) => {
      const renewed = new Promise((resolve) => (link.renew = resolve));
      const heard = () => {
        if (!link.works) return;
        link.heard = Date.now();
        allow(quiet);
      };
      const take = (answer) => {
        if (signal.aborted) return NEVER;
        if (!isAnswer(answer)) throw new Error("what came is not an answer of Firenze");
        if (!link.works) this.#work(link, signal);
        heard();
        return this.#group.say("news", numbered(link, answer));
      };
      link.shown = () => Date.now() - (link.heard ?? link.opened) > QUIET_SHOWN && link.renew();
      whenNetworkChanges(signal, link.renew);
      const where = this.#url + this.#reconnectWith + this.#query; // any request may begin a session, if the last is over
      const doubtful = this.#reconnectWith !== "" && this.#transport !== link.transport.name;
      return Promise.race([open({ where, doubtful, fetch: this.#options.fetch, signal, take, heard }), renewed]);
    });
  }

  // work notes that a transport works, and makes way for a better one when that
  // may be tried again.
  #work(link, signal) {
    link.works = true;
    this.#choice.works(!this.#unreachable);
    this.#group.say("status", { transport: link.transport.name, unreachable: false });
    const ms = this.#choice.timeToBetter(link.transport);
    if (ms < Infinity) after(ms, signal, link.renew);
  }

  #fail(link, attempt) {
    const last = this.#choice.failed(link);
    const unreachable = this.#unreachable || (last && !link.works && attempt > 0);
    this.#group.say("status", { transport: undefined, unreachable });
  }

  #status({ transport, unreachable }) {
    this.#transport = transport;
    if (unreachable === this.#unreachable) return;
    this.#unreachable = unreachable;
    this.#tell(unreachable ? "unreachable" : "reachable");
  }

  // take takes the messages of a session that are numbered from first on. Those
  // that were taken before are left out. If some are missing, for a tab that
  // missed what was said, that is as if the session were another.
  #take({ id, first, updates, reconnectWith }, byLeader) {
    const goesOn = id === this.#id && this.#reconnectWith && first <= this.#count;
    if (!goesOn && !byLeader) return;
    const last = first + updates.length;
    if (goesOn && last < this.#count) return;
    this.#reconnectWith = reconnectWith;
    if (!goesOn) this.#renew(id, first);
    const fresh = updates.slice(this.#count - first);
    this.#count = last;
    this.#asked();
    for (const { path, message } of fresh) this.#dispatch(path, message);
  }

  // A new session knows nothing of the paths of the one before.
  #renew(id, count) {
    const before = this.#id;
    this.#id = id;
    this.#count = count;
    this.#inDoubt.push(...(this.#posting?.updates ?? []));
    this.#posting = undefined;
    this.#leaving.clear();
    this.#orphans.clear();
    for (const state of this.#paths.values()) {
      state.ready = state.early = false;
      if (before === id) state.askedFor = undefined;
    }
    if (before) this.#tell("lost");
    this.#settle();
    if (this.#reign) this.#outbox.begin(this.#reign.signal, id);
  }

  #dispatch(path, message) {
    if (path === "::+::disconnect") return this.#ended(message);
    const blank = !message.trim();
    const state = this.#paths.get(path);
    if (state && !state.ready && (blank || !this.#isMatched(path))) this.#confirm(path, state);
    if (!blank) this.#pig.update(this, path, message);
  }

  // isMatched says whether a message of path may come for the sake of a pattern:
  // then it does not tell that the path is connected too.
  #isMatched(path) {
    const segments = path.split("/");
    const fits = (text) => isPattern(text) && matches(text.split("/"), segments);
    return [this.#paths.keys(), ...this.#members.values()].some((texts) => [...texts].some(fits));
  }

  // confirm takes note that a path is connected. If another tab wants it too,
  // that is true of this one only if the back-end has not refused it.
  #confirm(path, state) {
    const isOwn = !this.#othersWant(path);
    const isAnswered = state.askedFor === this.#id;
    if (isOwn || (isAnswered && !state.refused)) this.#ready(path, state);
    else state.early = !isAnswered;
  }

  #ready(path, state) {
    state.ready = true;
    for (const receiver of [...state.receivers]) guarded(() => receiver("", path));
    this.#tell("ready", { path });
  }

  // ended is told of an earlier connection that was given up, or the back-end
  // ended this one: what comes until it is confirmed again is missed, so load
  // again then. If it was given up by another tab, this one asks for it again.
  #ended(path) {
    const state = this.#paths.get(path);
    const byTab = this.#leaving.delete(path);
    if (!state) return;
    state.ready = state.early = false;
    if (!byTab) return;
    state.askedFor = undefined;
    this.#settle();
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
    const { connectUrl, disconnectUrl, matchUrl, unmatchUrl } = this.#options;
    const all = [
      { url: connectUrl, begins: true, patterns: false },
      { url: matchUrl, begins: true, patterns: true },
      { url: disconnectUrl, begins: false, patterns: false },
      { url: unmatchUrl, begins: false, patterns: true },
    ].map((one) => ({ ...one, id, paths: [] }));
    for (const [path, { receivers, askedFor }] of this.#paths) {
      const wanted = receivers.size > 0;
      const fitting = all.find(({ begins, patterns }) => begins === wanted && patterns === isPattern(path));
      if (wanted !== (askedFor === id)) fitting.paths.push(path);
      else if (!wanted) this.#paths.delete(path);
    }
    return all.find(({ paths }) => paths.length > 0);
  }

  async #ask({ url, id, paths, begins }) {
    const life = this.#life.signal;
    await this.#group.say(begins ? "wants" : "leaves", paths);
    const asked = begins ? paths : paths.filter((path) => !this.#othersWant(path));
    const response = asked.length > 0 && url ? await within(REQUEST_TIME, life, (signal) => this.#post(url, id, asked, signal)) : undefined;
    if (response?.status >= 500) throw new BadAnswer(response);
    for (const path of paths) {
      const state = this.#paths.get(path);
      state.askedFor = begins ? id : undefined;
      state.refused = begins && response?.status >= 400;
      if (!begins) state.ready = false;
      if (state.early && !state.refused && id === this.#id) this.#ready(path, state);
      state.early = false;
    }
    if (begins && response?.status >= 400) this.#tell("error", { paths, status: response.status });
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
  // All tabs know of it first, so that another leader can do it again. When it is
  // told that the session is over, it waits until Firenze was asked for it anew,
  // so that all know whether that is so.
  async #send(updates, number) {
    const reign = this.#reign.signal;
    const id = this.#id;
    await this.#group.say("posting", { id, number, updates });
    if (id !== this.#id) return { status: 404 };
    const answer = await this.#postUpdates(updates, number, reign);
    if (answer.status !== 404) return answer;
    const asked = new Promise((resolve) => (this.#asked = resolve));
    this.#link.renew();
    await asked;
    return answer;
  }

  #postUpdates(updates, number, reign) {
    const where = `${this.#url}${this.#reconnectWith}?number=${number}`;
    const { fetch } = this.#options;
    return within(REQUEST_TIME, reign, async (signal) => {
      const response = await fetch(where, { method: "POST", body: JSON.stringify(updates, ["path", "message"]), signal });
      const answer = await response.json().catch(() => undefined);
      if (response.status >= 500 || (response.ok && answer?.success !== true)) throw new BadAnswer(response);
      return { ...answer, status: response.status };
    });
  }

  #posts(posting, decided = posting.updates) {
    this.#inDoubt = this.#inDoubt.filter((update) => !includes(decided, update));
    if (posting.id === this.#id) this.#posting = posting;
  }

  // settled is told what became of updates, and which number comes next.
  #settled({ id, updates, number, refusal }, byLeader) {
    if (byLeader) this.#posts({ id, number, updates: [] }, updates);
    this.#answer(updates, refusal);
  }

  #answer(updates, refusal) {
    for (const { tab, n } of updates) {
      const pending = tab === this.#group.tab && this.#pending.get(n);
      if (!pending) continue;
      this.#pending.delete(n);
      if (refusal) pending.reject(Object.assign(new Error(refusal.error), refusal.status && { status: refusal.status }));
      else pending.resolve();
    }
  }

  #tell(type, details) {
    this.dispatchEvent(Object.assign(new Event(type), details));
  }
}

// numbered is what an answer brings, with the number of its first message in the
// session. All tabs count alike, for a session says the same in the same order to
// whoever asks.
function numbered(link, { updates, reconnectWith }) {
  const id = reconnectWith.split("/", 1)[0];
  const first = id === link.id ? link.count : 0;
  link.id = id;
  link.count = first + updates.length;
  return { id, first, updates: updates.map(({ path, message }) => ({ path, message })), reconnectWith };
}

function isAnswer(answer) {
  return typeof answer?.reconnectWith === "string" && answer.reconnectWith !== "" &&
    Array.isArray(answer.updates) &&
    answer.updates.every((update) => typeof update?.path === "string" && typeof update.message === "string");
}

// An Outbox holds what the tabs have to say until it is known to be taken, in
// order, with one request at a time. A request whose answer is lost is made again
// with the same number, and applied once.
class Outbox {
  #post; // sends updates with a number, and returns what was answered
  #tell; // what became of updates
  #waiting = []; // {tab, n, path, message}
  #session; // {life, id, number: of the next request, again: how many updates it had, if it was made before}; undefined while there is none
  #sending = false;

  constructor(post, tell) {
    this.#post = post;
    this.#tell = tell;
  }

  put(update) {
    if (includes(this.#waiting, update)) return;
    this.#waiting.push(update);
    this.#send();
  }

  // begin goes on with a session whose latest request is given, if there was one.
  begin(life, id, { number, updates } = { number: 1, updates: [] }) {
    if (this.#session?.again) this.#drop(this.#session, this.#session.again, { error: UNSURE }); // of a leader before
    this.#waiting = [...updates, ...this.#waiting.filter((update) => !includes(updates, update))];
    this.#session = { life, id, number, again: updates.length };
    this.#send();
  }

  end() {
    this.#session = undefined;
  }

  // clear leaves all to another tab.
  clear() {
    if (this.#session) this.#session.left = true;
    this.end();
    this.#waiting = [];
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
    const updates = this.#waiting.slice(0, session.again || together(this.#waiting));
    let unsure = session.again > 0;
    let answer;
    session.again = 0;
    for (let attempt = 0; session === this.#session && answer === undefined; attempt++) {
      try {
        answer = await this.#post(updates, session.number);
      } catch (failure) {
        unsure = true;
        await rest(attempt, failure, session.life);
      }
    }
    if (session.left) return;
    const lost = answer === undefined || answer.status === 404;
    if (lost && unsure) this.#drop(session, updates.length, { error: UNSURE });
    else if (!lost || session === this.#session) this.#settle(updates, session, answer);
  }

  #settle(updates, session, { status, success, error, index }) {
    if (success) {
      session.number++;
      return this.#drop(session, updates.length);
    }
    const refusal = { error: error ?? `the update was refused with status ${status}`, status };
    if (Number.isInteger(index) && index in updates) this.#drop(session, 1, refusal, index);
    else this.#drop(session, updates.length, refusal);
  }

  #drop({ id, number }, count, refusal, start = 0) {
    this.#tell({ id, updates: this.#waiting.splice(start, count), number, refusal });
  }
}

const UNSURE = "the session was lost before the update was known to be taken: it may have been, or not";

const includes = (updates, { tab, n }) => updates.some((other) => other.tab === tab && other.n === n);

// together is how many updates travel in one request.
function together(updates) {
  let size = 0;
  const end = updates.findIndex(({ path, message }, i) => (size += bytesOf(JSON.stringify({ path, message })) + 1) > MOST_TOGETHER && i > 0);
  return end < 0 ? updates.length : end;
}

function checkUpdate(path, message) {
  checkPath(path);
  if (isControl(path)) throw new TypeError(`control path ${clip(path)} can't be updated from a page`);
  if (typeof message !== "string") throw new TypeError(`the message for ${clip(path)} must be text; JSON.stringify makes it of anything else`);
}

// A Group is all tabs (and workers) of a browser that share a session. One leads:
// it follows the session, and says on a BroadcastChannel what that brings.
//
//  1. What tabs have in common is changed by what is said, when it is heard, by
//     whoever said it too. A channel brings all tabs the same in the same order.
//     So at the same place in it all know the same.
//  2. A lock is held by one tab. When it gets the lock it says "claim", and when
//     that is heard it leads. The one heard last leads; who led before gives way.
//  3. What the session brings is taken when it is heard, and confirmed only after
//     that. So whatever is confirmed stands before any later claim: a new leader
//     knows it, and goes on where the last one was heard to be.
//  4. Messages are numbered. What two leaders bring is taken once; a tab that
//     misses some is told that its session is lost, as if it were another.
//  5. A tab that comes says "hello". The leader answers with all that is common
//     at that place; what is heard in between is put aside until then.
//  6. Each tab asks the back-end for its own paths, as it has its own headers. It
//     gives one up only if no other wants it. If that crosses with another's
//     request, the end of the connection is heard, and the other asks again.
//  7. An update is said, put into the leader's outbox, and said to be on its way
//     before it is posted. A new leader makes that request again, with its number,
//     and all say again what was not on its way yet.
//  8. A tab that is frozen gives the lock back. A leader that could not, or hangs,
//     does not answer "ping"; after three, the lock is stolen. When it wakes up it
//     hears first what it missed, then that it leads no more; what its old
//     connection still brings is numbered as well.
//  9. Each tab holds a lock of its own name as long as it lives. The leader waits
//     for it, and gives up the paths of a tab that has died.
//
// A tab that is frozen needs nothing, and nobody waits for it. The session ends
// with the last tab; two that end at the same moment leave it to expire.
class Group {
  tab = crypto.randomUUID();
  joined = false;
  #name;
  #life;
  #member; // hears what is said; tells and learns what is common
  #locks = navigator.locks;
  #mouth;
  #ear; // a channel does not hear itself, so it takes two
  #echoes = []; // to be called when this tab hears what it said
  #leader;
  #hellos = 0; // of this tab
  #aside; // what was heard since the latest of them
  #unanswered = 0; // pings
  #candidacy; // the latest request for the lock
  #release = () => {}; // gives it back

  constructor(name, life, member) {
    this.#name = name;
    this.#life = life;
    this.#member = member;
    this.#mouth = new BroadcastChannel(name);
    this.#ear = new BroadcastChannel(name);
    this.#ear.onmessage = ({ data }) => this.#hear(data);
    life.addEventListener("abort", () => this.#leave());
    globalThis.document?.addEventListener("freeze", () => this.#yield(), { signal: life });
    globalThis.document?.addEventListener("resume", () => this.#stand(), { signal: life });
  }

  // begin fails where there may be no locks.
  async begin() {
    await this.#hold();
    this.say("hello", ++this.#hellos);
    this.#stand();
    this.#watch();
  }

  // hold gets the lock of this tab, and keeps it for life.
  #hold() {
    return new Promise((resolve, reject) => {
      const life = new Promise((end) => this.#life.addEventListener("abort", end));
      const held = () => (resolve(), life);
      this.#locks.request(this.#lockOf(this.tab), { signal: this.#life }, held).catch(reject);
    });
  }

  #lockOf(tab) {
    return `${this.#name} ${tab}`;
  }

  // whenGone calls when a tab has ended, however it did.
  whenGone(tab, signal, call) {
    this.#locks.request(this.#lockOf(tab), { signal }, call).catch(() => {});
  }

  // say returns what is fulfilled when this tab has heard it, or leaves.
  async say(kind, what) {
    if (this.#life.aborted) return;
    this.#mouth.postMessage({ from: this.tab, kind, what });
    await new Promise((resolve) => this.#echoes.push(resolve));
  }

  #leave() {
    this.#mouth.postMessage({ from: this.tab, kind: "gone", what: this.tab });
    this.#mouth.close();
    this.#ear.close();
    this.#yield();
    for (const echo of this.#echoes) echo();
  }

  // stand waits for the lock, or steals it, and claims to lead once it is there.
  // It stands again when that was given back or stolen.
  async #stand(steal = false) {
    this.#candidacy?.abort();
    const candidacy = (this.#candidacy = new AbortController());
    const claim = () => new Promise((resolve) => {
      this.#release = resolve;
      if (this.#life.aborted || candidacy.signal.aborted) resolve();
      else after(this.#leader ? LAST_WORDS : 0, candidacy.signal, () => this.say("claim", crypto.randomUUID()));
    });
    await this.#locks.request(this.#name, steal ? { steal } : { signal: candidacy.signal }, claim).catch(() => {});
    if (!candidacy.signal.aborted) this.#stand();
  }

  #yield() {
    this.#candidacy?.abort();
    this.#release();
  }

  // watch looks now and then whether the leader is there. It counts what this tab
  // did itself, as one that was frozen knows nothing of the time.
  #watch() {
    after(PING_TIME, this.#life, () => {
      if (this.#leader !== this.tab) this.#ping();
      this.#watch();
    });
  }

  #ping() {
    if (this.#unanswered > 0) this.say("ping");
    if (this.#unanswered++ < MOST_UNANSWERED) return;
    this.#unanswered = 0;
    this.#stand(true);
  }

  #hear(said) {
    const { from, kind, what } = said;
    if (from === this.tab) this.#echoes.shift()();
    if (from === this.#leader || kind === "claim") this.#unanswered = 0;
    if (this.joined) return this.#take(said);
    this.#aside?.push(said);
    if (from === this.tab && kind === "hello") this.#aside = [];
    else if (from === this.tab && kind === "claim") this.#join();
    else if (kind === "claim") this.say("hello", ++this.#hellos);
    else if (kind === "common" && what.to === this.tab && what.hello === this.#hellos) this.#join(what.common);
  }

  // join begins with what is common at the place where hello was heard. Without
  // that nobody is there who knows.
  #join(common) {
    this.joined = true;
    this.#leader = common?.leader;
    if (common) this.#member.learn(common);
    for (const said of this.#aside) this.#take(said);
  }

  #take({ from, kind, what }) {
    if (kind === "claim") this.#elect(from);
    this.#member.hear(kind, what, from);
    if (this.#leader !== this.tab || from === this.tab) return;
    if (kind === "ping" && !this.#candidacy.signal.aborted) this.say("pong");
    if (kind === "hello") this.say("common", { to: from, hello: what, common: this.#member.tell() });
  }

  #elect(leader) {
    this.#leader = leader;
    if (leader !== this.tab) this.#release();
  }
}

// Alone is a group of one, who hears at once what it says.
class Alone {
  tab = "";
  joined = true;
  #hear;

  constructor(hear) {
    this.#hear = hear;
  }

  begin() {
    this.say("claim");
  }

  async say(kind, what) {
    this.#hear(kind, what, this.tab);
  }
}

// canShare says whether there may be other tabs, and all that a group needs. In
// Node there are none: what runs there at once may be for different users.
const canShare = () => Boolean(globalThis.location && globalThis.navigator?.locks && globalThis.BroadcastChannel);

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
//   take      is to be called with each answer; what it returns is fulfilled when that may be confirmed
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
        take(answer).then(() => confirm(answer), reject);
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
  await take(await Promise.race(asked));
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

  return (message, path) => {
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
  life.throwIfAborted();
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

function whenWoken(signal, call) {
  whenNetworkChanges(signal, call);
  whenShown(signal, call);
}

function whenNetworkChanges(signal, call) {
  globalThis.addEventListener?.("online", call, { signal });
  globalThis.addEventListener?.("offline", call, { signal });
}

// whenShown calls when the user is back.
function whenShown(signal, call) {
  globalThis.document?.addEventListener("visibilitychange", () => document.visibilityState === "visible" && call(), { signal });
}

// after calls in ms, unless signal ends before.
function after(ms, signal, call) {
  const timer = setTimeout(() => {
    signal.removeEventListener("abort", end);
    call();
  }, ms);
  const end = () => clearTimeout(timer);
  signal.addEventListener("abort", end);
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
