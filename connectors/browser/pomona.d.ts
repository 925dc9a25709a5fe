/** Hears updates: who sent it, the path that it is about, and what there is to say. */
export type Receiver = (sender: unknown, path: string, message: string) => void;

/** The dispatcher: it knows who hears which path, and hands updates to them. */
export class Pig {
  /**
   * Lets `receiver` hear a path, or, if there is a `*` in it, every path that
   * the pattern matches: `*` is one segment, an empty one too, and `**` as the
   * last segment is one or more. Patterns never match control paths, which begin
   * with `::`. A receiver that is put twice hears twice.
   *
   * Returns what ends it, which may be called twice. A receiver that is added
   * while an update is handed out does not get that update; one that is removed
   * is not called any more.
   *
   * Throws if the path or pattern is none: empty, above 255 bytes, not printable
   * text, a `*` that is a part of a segment, `**` before the end, more than 32
   * segments in a pattern.
   */
  on(pathOrPattern: string, receiver: Receiver): () => void;

  /** Hands the update to whoever hears `path`. What a receiver throws is reported and costs the others nothing. */
  update(sender: unknown, path: string, message: string): void;
}

/** Asks the back-end for paths. An answer with 4xx refuses them; after 5xx or a rejection the request is repeated. */
export type Ask = (id: string, paths: string[]) => Promise<Response | void> | Response | void;

export interface PomonaOptions {
  /** Firenze's prefix. Default: the folder that this module was loaded from. */
  url?: string | URL;
  /**
   * Where the page's back-end is asked for paths: a URL in which `{id}` (or `%@`) stands
   * for the id, or a function. The URL gets a POST with a JSON array of paths. Default: `/server/connect/{id}`.
   */
  connectUrl?: string | Ask;
  /** Where the back-end is told that paths are no longer wanted. Default: `/server/disconnect/{id}`. */
  disconnectUrl?: string | Ask;
  /**
   * Where the back-end is asked for patterns, in the same way. They have a URL of their own because they are
   * another question: `a/*` asks for every path that fits. The back-end answers it with `::match` where it has `::connect`
   * for a path. Default: none, and a pattern can't be connected to.
   */
  matchUrl?: string | Ask;
  /** Where the back-end is told that patterns are no longer wanted (`::unmatch`). Default: it is not told. */
  unmatchUrl?: string | Ask;
  /** Headers of the requests to the back-end, such as a CSRF token; a function is asked before each request. */
  headers?: HeadersInit | (() => HeadersInit | Promise<HeadersInit>);
  /** Whether cookies go along to the back-end, as in `fetch`. Firenze needs none. Default: to the same origin. */
  credentials?: RequestCredentials;
  /** Stands in for the global `fetch`. */
  fetch?: typeof fetch;
  /** Keep only the latest message of each path for a slow page, instead of ending its session. Default: false. */
  latest?: boolean;
  /**
   * Whether all tabs and workers of the browser with the same `url` share one session, where there are Web Locks and
   * BroadcastChannel. It is never so with `latest`, nor outside of browsers. Default: true.
   */
  share?: boolean;
  /** Closes this Pomona when it is aborted. */
  signal?: AbortSignal;
  /**
   * The transports that may be used, the preferred one first. Default: `["websocket", "sse", "poll"]`.
   * WebSocket is left out where there is none. Throws if a name is wrong or nothing is left.
   */
  transports?: Transport[];
}

/** How messages come: WebSocket, Server-Sent Events, or one request after the other. */
export type Transport = "websocket" | "sse" | "poll";

/** Why an update was not taken, or that this is not known. */
export interface UpdateError extends Error {
  /** The HTTP status with which the update was refused: it was not taken. Absent if it was not sent, or if nobody knows. */
  readonly status?: number;
}

/** A path is connected: its messages come from now on, and `load` is called. */
export interface ReadyEvent extends Event {
  readonly path: string;
}

/** The back-end refused paths with a 4xx. It is asked for them again in the next session, or when one is connected anew. */
export interface RefusedEvent extends Event {
  readonly paths: string[];
  readonly status: number;
}

export interface PomonaEvents {
  ready: ReadyEvent;
  /** The session was lost and another has begun: what is shown may be old until the paths are ready again. */
  lost: Event;
  error: RefusedEvent;
  /** Firenze can't be reached: every transport has failed. Pomona goes on trying. */
  unreachable: Event;
  /** Firenze can be reached again, after `unreachable`. */
  reachable: Event;
}

export interface ConnectOptions {
  /** Ends the connection when it is aborted. */
  signal?: AbortSignal;
}

/** A session with Firenze. It begins at once, and ends with `close` or with the page. */
export class Pomona extends EventTarget {
  constructor(options?: PomonaOptions);

  /**
   * Asks the back-end for a path, and hands its messages to `handler` in order.
   * If there is a `*` in it, it is a pattern, as in `Pig.on`, and `handler` is
   * given the messages of every path that it matches.
   * Requests of one moment travel together, and a second handler of a path needs none.
   *
   * `load` fetches the data that the messages are about. It is called when the
   * path is connected, and again whenever messages may have been missed; what
   * comes meanwhile is handed on after it. If it throws or rejects, that is
   * reported and it is called again after a while.
   *
   * Returns what ends it, which may be called twice, and so does `signal`; with
   * its last handler the path is disconnected. Throws if `path` is a control path
   * or none, or a pattern without a `matchUrl`, or after `close`.
   */
  connect(path: string, handler: (message: string, path: string) => void, load?: () => unknown, options?: ConnectOptions): () => void;

  /**
   * Sends an update up, to what Firenze hands updates of its clients to.
   * Updates arrive in the order of the calls, and each once; those of one moment
   * travel together, and before there is a session they wait.
   *
   * The promise is settled when it is known what became of the update. It rejects
   * with an `UpdateError` if the update was refused, if the session was lost
   * before it was known to be taken (it may have been), after `close`, and without
   * being sent if `path` is none or a control path, if `message` is no text, or if
   * 1,000 updates wait already.
   */
  update(path: string, message: string): Promise<void>;

  /** The transport that works now, and undefined while none does. */
  readonly transport: Transport | undefined;

  /** Ends all connections of this page for good, and the session unless other tabs share it. */
  close(): void;

  addEventListener<K extends keyof PomonaEvents>(
    type: K,
    listener: ((this: Pomona, event: PomonaEvents[K]) => void) | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof PomonaEvents>(
    type: K,
    listener: ((this: Pomona, event: PomonaEvents[K]) => void) | null,
    options?: boolean | EventListenerOptions,
  ): void;
}
