// A Firenze as simple as can be, that speaks all transports and fails as it is
// told to. Its sessions are whole: what is not confirmed is kept.
export const URL_OF_FIRENZE = "http://firenze.test/comet/";

const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const NEVER = new Promise(() => {});

class Session {
  paths = new Set();
  queue = [];
  sent = 0;
  posts = 0;

  constructor(id) {
    this.id = id;
  }

  push(path, message) {
    this.queue.push({ number: ++this.sent, path, message });
    this.tell();
  }

  confirm(number) {
    this.queue = this.queue.filter((update) => !(update.number <= number));
  }

  /** Lets a listener, which is {say, end}, take the place of the one before. */
  attach(listener, number = 0) {
    this.listener?.end();
    this.confirm(number);
    this.told = number;
    this.listener = listener;
  }

  tell() {
    const news = this.queue.filter(({ number }) => number > this.told);
    if (news.length === 0) return;
    this.told = this.sent;
    this.listener?.say(news);
  }

  answer(updates) {
    const number = updates.at(-1)?.number ?? this.told;
    return { updates: updates.map(({ path, message }) => ({ path, message })), reconnectWith: `${this.id}/${number}` };
  }
}

/** What goes wrong with a transport: see connection. */
export const FAULTS = ["never opens", "opens and stays silent", "breaks after 3 messages", "refuses with 404", "refuses with 503"];

export class Firenze {
  faults = {}; // transport -> one of FAULTS
  attempts = { websocket: 0, sse: 0, poll: 0 };
  confirmed = []; // what was confirmed over WebSocket
  applied = []; // what pages sent up
  sessions = new Map();
  sockets = [];
  comments = true; // Server-Sent Events have them
  #born = 0;

  restart() {
    for (const { listener } of this.sessions.values()) listener?.end();
    this.sessions.clear();
  }

  publish(path, message) {
    for (const session of this.sessions.values()) {
      if (session.paths.has(path)) session.push(path, message);
    }
  }

  connect = (id, paths) => {
    for (const path of paths) {
      this.sessions.get(id)?.paths.add(path);
      this.sessions.get(id)?.push(path, "");
    }
  };

  disconnect = (id, paths) => {
    for (const path of paths) {
      if (this.sessions.get(id)?.paths.delete(path)) this.sessions.get(id).push("::+::disconnect", path);
    }
  };

  #find(token) {
    const [id, number] = token.split("/");
    const session = this.sessions.get(id) ?? new Session(`S${++this.#born}`);
    const isNew = id !== session.id;
    this.sessions.set(session.id, session);
    return { session, isNew, number: isNew ? 0 : Number(number) };
  }

  /** fetch is what a page uses: polls, Server-Sent Events, posts. */
  fetch = async (where, { method = "GET", headers, body, signal } = {}) => {
    const [token, query] = String(where).slice(URL_OF_FIRENZE.length).split("?");
    if (method === "POST") return this.#post(token, query, JSON.parse(body));
    if (method === "DELETE") return new Response(null, { status: 204 });
    const transport = headers?.Accept === "text/event-stream" ? "sse" : "poll";
    const refusal = await this.#open(transport);
    return refusal ?? (transport === "sse" ? this.#events(token, signal) : this.#poll(token));
  };

  async #open(transport) {
    this.attempts[transport]++;
    const fault = this.faults[transport] ?? "";
    if (fault === "never opens") await NEVER;
    if (fault === "network") throw new TypeError("network");
    const status = Number(/^refuses with (\d+)/.exec(fault)?.[1]);
    return status ? new Response("", { status }) : undefined;
  }

  #poll(token) {
    const { session, isNew, number } = this.#find(token);
    return new Promise((resolve, reject) => {
      const say = (updates) => {
        if (this.#breaks("poll", updates)) reject(new TypeError("the answer was lost"));
        else resolve(new Response(JSON.stringify(session.answer(updates))));
        if (session.listener === listener) session.listener = undefined;
      };
      const listener = { say, end: () => say([]) };
      session.attach(listener, number);
      if (this.faults.poll === "opens and stays silent") return;
      if (isNew) say([]);
      after(30_000).then(() => say([]));
      session.tell();
    });
  }

  #events(token, signal) {
    const { session, number } = this.#find(token);
    const encoder = new TextEncoder();
    const silent = this.faults.sse === "opens and stays silent";
    const body = new ReadableStream({
      start: (stream) => {
        let open = true;
        const close = (failure) => {
          if (open && failure) stream.error(failure);
          else if (open) stream.close();
          open = false;
        };
        signal.addEventListener("abort", () => close(signal.reason));
        const write = (text) => open && !silent && stream.enqueue(encoder.encode(text));
        const say = (updates) => {
          for (const update of updates) {
            const token = `${session.id}/${update.number}`;
            write(`id: ${token}\ndata: ${JSON.stringify({ path: update.path, message: update.message })}\n\n`);
          }
          if (this.#breaks("sse", updates)) close(new TypeError("cut"));
        };
        const beat = () => after(15_000).then(() => {
          if (!open) return;
          if (this.comments) write(":\n\n");
          beat();
        });
        session.attach({ say, end: () => close() }, number);
        beat();
        write(`retry: 1000\nevent: session\nid: ${session.id}/${number}\ndata: {"reconnectWith":"${session.id}/${number}"}\n\n`);
        session.tell();
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  }

  /** What is to be the global WebSocket. */
  get WebSocket() {
    const firenze = this;
    return class {
      constructor(where) {
        this.url = where;
        firenze.sockets.push(this);
        firenze.#open("websocket").then((refusal) => (refusal ? this.#cut() : this.#begin()), () => this.#cut());
      }

      #begin() {
        if (this.closed) return;
        const { session, number } = firenze.#find(this.url.slice(URL_OF_FIRENZE.replace("http", "ws").length).split("?")[0]);
        const silent = firenze.faults.websocket === "opens and stays silent";
        const say = (updates) => {
          if (silent || this.closed) return;
          this.onmessage({ data: JSON.stringify(session.answer(updates)) });
          if (firenze.#breaks("websocket", updates)) this.#cut();
        };
        session.attach({ say, end: () => this.#cut() }, number);
        this.session = session;
        say([]);
        session.tell();
      }

      #cut() {
        if (this.closed) return;
        this.closed = true;
        queueMicrotask(() => this.onclose({ code: 1006 }));
      }

      send(text) {
        const { confirm } = JSON.parse(text);
        firenze.confirmed.push(confirm);
        this.session.confirm(Number(confirm.split("/")[1]));
      }

      close() {
        this.#cut();
      }
    };
  }

  // breaks counts messages of a transport that breaks after 3 of them, and for a
  // poll loses each third answer.
  #carried = 0;
  #breaks(transport, updates) {
    if (this.faults[transport] !== "breaks after 3 messages") return false;
    this.#carried += updates.length;
    if (this.#carried < 3) return false;
    this.#carried = 0;
    return true;
  }

  #post(token, query, updates) {
    const session = this.sessions.get(token.split("/")[0]);
    const say = (status, answer) => new Response(JSON.stringify(answer), { status });
    if (!session) return say(404, { error: "there is no such session" });
    const number = Number(query.split("=")[1]);
    if (number > session.posts + 1) return say(409, { error: "one is missing" });
    if (number === session.posts + 1) {
      session.posts++;
      this.applied.push(...updates);
    }
    return say(200, { success: true });
  }
}
