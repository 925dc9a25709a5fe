// What this browser remembers for its person: a name, whether sound is off. It
// is forgotten after 30 days, or at once when they say so. Where a browser keeps
// nothing, it lasts as long as the page.

const lifetime = 30 * 24 * 60 * 60 * 1000; // milliseconds
const prefix = "ritual.";

export class Settings {
  constructor(storage, now = Date.now) {
    this.storage = storage;
    this.now = now;
    for (const name of this.#names()) this.get(name); // what is over is dropped
  }

  /** Gives a value, or undefined. */
  get(name) {
    try {
      const { value, until } = JSON.parse(this.storage.getItem(prefix + name));
      if (until > this.now()) return value;
    } catch {
      // There is none, or another program's.
    }
    this.storage.removeItem(prefix + name);
    return undefined;
  }

  set(name, value) {
    try {
      this.storage.setItem(prefix + name, JSON.stringify({ value, until: this.now() + lifetime }));
    } catch {
      // The browser is full, and a setting is not worth a message.
    }
  }

  /** Forgets everything. */
  clear() {
    for (const name of this.#names()) this.storage.removeItem(prefix + name);
  }

  #names() {
    return Array.from({ length: this.storage.length }, (_, i) => this.storage.key(i))
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  }
}

/** The same methods as the browser's storage, for where that is forbidden. */
class Memory {
  #values = new Map();
  get length() { return this.#values.size; }
  key(i) { return [...this.#values.keys()][i]; }
  getItem(key) { return this.#values.get(key) ?? null; }
  setItem(key, text) { this.#values.set(key, text); }
  removeItem(key) { this.#values.delete(key); }
}

export function storage() {
  try {
    return globalThis.localStorage ?? new Memory();
  } catch {
    return new Memory();
  }
}

export const settings = new Settings(storage());
