/** An update: what is the news of which path. */
export type Update = readonly [path: string, message: unknown] | { readonly path: string; readonly message: unknown };

export interface Options {
  /** What Dudley asks for, if he does. Default: none is sent. */
  token?: string;
  /** How many milliseconds a call may take in all. Default: 5000. */
  timeout?: number;
}

/** Hands updates to a Dudley. All verbs reject with a CorneliusError. */
export class Cornelius {
  /**
   * Nothing is sent yet. Throws a CorneliusError when url is no address of
   * Dudley, or when the token can't be sent.
   *
   * @param url "http://localhost:8004/" by default, or "unix:/path" for a socket
   */
  constructor(url?: string | URL, options?: Options);

  /**
   * Says that message is the news of path. A string goes as it is; anything else
   * that JSON knows arrives as its compact JSON text.
   */
  update(path: string, message: unknown): Promise<void>;

  /** Hands over all updates in order, or none of them. */
  updates(updates: Iterable<Update>): Promise<void>;

  /** Says that from now on id hears the path, or all of the paths. */
  connect(id: string, pathOrPaths: string | Iterable<string>): Promise<void>;

  /** Says that id hears the path, or any of the paths, no longer. */
  disconnect(id: string, pathOrPaths: string | Iterable<string>): Promise<void>;

  /** Closes all connections; calls under way fail. A call after that opens a new one. */
  close(): void;
}

/** Updates were not taken, or are not known to be. */
export class CorneliusError extends Error {
  readonly name: "CorneliusError";
  /**
   * The HTTP status of the answer; 400 or 413 when what was given is not valid,
   * which needs no asking; undefined when no answer came, and then cause says
   * why, such as a DOMException whose name is "TimeoutError".
   */
  readonly status: number | undefined;
  /** Which update or path of the call is at fault, from 0; undefined when it is none of them. */
  readonly index: number | undefined;
}
