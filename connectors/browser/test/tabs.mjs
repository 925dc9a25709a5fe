// A browser with several tabs, each of which runs the module with globals of its
// own. What comes to a tab from outside (time, messages of other tabs, locks,
// answers) comes when the test lets it: a tab may be frozen, or killed at any
// moment. The order of messages is that of a browser: the same for all tabs.
import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { URL_OF_FIRENZE } from "./firenze.mjs";

const MODULE = readFileSync(new URL("../pomona.js", import.meta.url), "utf8")
  .replaceAll(/^export (?=class )/gm, "").replaceAll("import.meta.url", JSON.stringify(URL_OF_FIRENZE));

const GLOBALS = ["globalThis", "navigator", "crypto", "BroadcastChannel", "WebSocket", "setTimeout", "clearTimeout"];

/** Makes the module anew, changed by edit, for tabs to run. */
export function moduleFrom(edit = (text) => text) {
  return new Function(...GLOBALS, `${edit(MODULE)}\nreturn { Pomona };`);
}

export class Browser {
  channels = new Set();
  locks = new Map(); // name -> requests, of which the first holds the lock
  tabs = [];
  random = () => 0; // how late a message of another tab comes

  constructor(firenze, module = moduleFrom()) {
    Object.assign(this, { firenze, module });
  }

  open(options) {
    const tab = new Tab(this, options);
    this.tabs.push(tab);
    return tab;
  }

  post(name, data) {
    for (const channel of this.channels) if (channel.name === name) channel.take(structuredClone(data));
  }

  request(name, request) {
    const queue = this.locks.get(name) ?? [];
    this.locks.set(name, queue);
    if (request.steal) {
      queue.shift()?.reject(new DOMException("stolen", "AbortError"));
      queue.unshift(request);
      this.#grant(request);
    } else if (queue.push(request) === 1) this.#grant(request);
  }

  drop(name, request) {
    const queue = this.locks.get(name) ?? [];
    const place = queue.indexOf(request);
    if (place < 0) return;
    queue.splice(place, 1);
    if (place === 0 && queue.length > 0) this.#grant(queue[0]);
  }

  #grant(request) {
    request.tab.later(() => request.granted());
  }

  /** Ends all that a tab has, without a word of its own. */
  forget(tab) {
    for (const channel of [...this.channels]) if (channel.tab === tab) this.channels.delete(channel);
    for (const [name, queue] of this.locks) {
      for (const request of queue.filter((one) => one.tab === tab)) this.drop(name, request);
    }
  }
}

class Tab {
  frozen = false;
  dead = false;
  #waiting = []; // what came while it was frozen

  constructor(browser, options = {}) {
    this.browser = browser;
    const { firenze } = browser;
    const own = this;
    const window = new EventTarget();
    const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
    const locks = { request: (...args) => own.#lock(...args) };
    const navigator = { locks, sendBeacon: (url) => (firenze.end(url), true) };
    const fetch = async (where, init) => own.#streamed(await own.bring(firenze.fetch(where, init)));
    const globals = {
      location: new URL("http://firenze.test/"), document, navigator, fetch, BroadcastChannel: channelOf(this), WebSocket: socketOf(this, firenze),
      setTimeout: (call, ms) => setTimeout(() => own.happens(call), ms), clearTimeout, reportError: (error) => browser.errors.push(error),
      crypto, addEventListener: window.addEventListener.bind(window),
    };
    globals.globalThis = globals;
    Object.assign(this, { window, document });
    const { Pomona } = browser.module(...GLOBALS.map((name) => globals[name]));
    this.pomona = new Pomona({
      url: URL_OF_FIRENZE, fetch,
      connectUrl: (...asked) => own.bring(firenze.asked(own, "connect", ...asked)),
      disconnectUrl: (...asked) => own.bring(firenze.asked(own, "disconnect", ...asked)),
      ...options,
    });
  }

  /** Calls now, or when the tab is let go on, or never. */
  happens(call) {
    if (this.dead) return;
    if (this.frozen) this.#waiting.push(call);
    else call();
  }

  later(call) {
    setTimeout(() => this.happens(call), 0);
  }

  /** A promise of the outside, which is settled for the tab when it may hear of it. */
  bring(promise) {
    return new Promise((resolve, reject) => promise.then((value) => this.happens(() => resolve(value)), (error) => this.happens(() => reject(error))));
  }

  /** The answer, whose stream waits as well. */
  #streamed(response) {
    const { body } = response;
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream")) return response;
    const getReader = () => {
      const reader = body.getReader();
      return { read: () => this.bring(reader.read()) };
    };
    return { ok: response.ok, status: response.status, headers: response.headers, body: { getReader } };
  }

  freeze() {
    this.frozen = true;
  }

  thaw() {
    this.frozen = false;
    for (const call of this.#waiting.splice(0)) setTimeout(() => this.happens(call), 0);
  }

  kill() {
    this.dead = true;
    this.browser.forget(this);
    this.browser.tabs = this.browser.tabs.filter((tab) => tab !== this);
    this.socket?.onkill();
  }

  /** The user closes it. */
  leave() {
    this.window.dispatchEvent(new Event("pagehide"));
    this.kill();
  }

  #lock(name, ...rest) {
    const call = rest.pop();
    const { signal, steal } = rest[0] ?? {};
    if (signal) setMaxListeners(0, signal); // one for each other tab
    return new Promise((resolve, reject) => {
      const request = { tab: this, steal, reject: (error) => this.later(() => reject(error)) };
      const done = (settle) => (value) => {
        this.browser.drop(name, request);
        settle(value);
      };
      request.granted = () => {
        request.held = true;
        Promise.resolve(call({ name })).then(done(resolve), done(reject));
      };
      signal?.addEventListener("abort", () => {
        if (request.held) return;
        this.browser.drop(name, request);
        reject(signal.reason);
      });
      if (signal?.aborted) reject(signal.reason);
      else this.browser.request(name, request);
    });
  }
}

function channelOf(tab) {
  return class {
    tab = tab;
    #queue = [];
    #running = false;

    constructor(name) {
      this.name = name;
      tab.browser.channels.add(this);
    }

    postMessage(data) {
      if (!this.closed && !tab.dead) tab.browser.post(this.name, data);
    }

    take(data) {
      if (!this.onmessage) return;
      this.#queue.push(data);
      if (!this.#running) this.#next();
    }

    #next() {
      this.#running = this.#queue.length > 0;
      if (!this.#running) return;
      setTimeout(() => tab.happens(() => {
        const data = this.#queue.shift();
        if (!this.closed) this.onmessage({ data });
        this.#next();
      }), tab.browser.random());
    }

    close() {
      this.closed = true;
      tab.browser.channels.delete(this);
    }
  };
}

// A socket of the fake Firenze whose messages wait while the tab is frozen.
function socketOf(tab, firenze) {
  return class extends firenze.WebSocket {
    constructor(where) {
      super(where);
      tab.socket = this;
    }

    onkill() {
      this.onclose = () => {};
      this.close();
    }

    set onmessage(call) {
      this.hand = (event) => tab.happens(() => call(event));
    }

    get onmessage() {
      return this.hand;
    }

    set onclose(call) {
      this.ended = (event) => tab.happens(() => call(event));
    }

    get onclose() {
      return this.ended;
    }
  };
}
