// A window for tests that run where there is none.

/** Gives the test a window, with a document and a navigator. */
export function openPage(t, navigator = {}) {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const put = (name, value) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    t.after(() => before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]);
  };
  put("addEventListener", window.addEventListener.bind(window));
  put("document", document);
  put("navigator", navigator);
  const happens = (type, details) => window.dispatchEvent(Object.assign(new Event(type), details));
  return { happens, document };
}
