// What a page has around it, for tests that run where there is none.

/** Puts a global in place until the test ends. */
export function put(t, name, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]);
}

/** Gives the test a window, with a document and a navigator. */
export function openPage(t, navigator = {}) {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  put(t, "addEventListener", window.addEventListener.bind(window));
  put(t, "document", document);
  put(t, "navigator", navigator);
  const happens = (type, details) => window.dispatchEvent(Object.assign(new Event(type), details));
  return { happens, document };
}
