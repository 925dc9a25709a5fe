// As much of a document as widgets use. Markup can't be written into it.

class Style {
  setProperty(name, value) {
    this[name] = String(value);
  }
}

class Element {
  constructor(tag) {
    Object.assign(this, { tag, children: [], attributes: {}, listeners: {}, style: new Style(), parent: null });
  }
  setAttribute(name, value) {
    this.attributes[name] = String(value);
  }
  getAttribute(name) {
    return this.attributes[name] ?? null;
  }
  addEventListener(type, listener) {
    (this.listeners[type] ??= []).push(listener);
  }
  // fire calls the listeners, and waits for them.
  fire(type, event = {}) {
    return Promise.all((this.listeners[type] ?? []).map((listener) => listener({ preventDefault() {}, target: this, ...event })));
  }
  append(...nodes) {
    for (const node of nodes) {
      if (node instanceof Element) {
        node.remove();
        node.parent = this;
      }
      this.children.push(node instanceof Element ? node : String(node));
    }
  }
  appendChild(node) {
    this.append(node);
    return node;
  }
  replaceChildren(...nodes) {
    for (const node of this.children) if (node instanceof Element) node.parent = null;
    this.children = [];
    this.append(...nodes);
  }
  remove() {
    if (this.parent) this.parent.children = this.parent.children.filter((node) => node !== this);
    this.parent = null;
  }
  get textContent() {
    return this.children.map((node) => node.textContent ?? node).join("");
  }
  set textContent(text) {
    this.replaceChildren(...(text === "" ? [] : [text]));
  }
  set innerHTML(_) {
    throw new Error("markup");
  }
  focus() {}
  showModal() {
    this.open = true;
  }
  close() {
    this.open = false;
  }
  // all gives the elements of a tag that are in it.
  all(tag) {
    return this.children.flatMap((node) => (node instanceof Element ? [...(node.tag === tag ? [node] : []), ...node.all(tag)] : []));
  }
  // look gives what can be seen, to be compared. When something appears is no part of that.
  look() {
    const { animationDelay, ...style } = this.style;
    return { tag: this.tag, attributes: this.attributes, style, children: this.children.map((node) => node.look?.() ?? node) };
  }
}

globalThis.document = { createElement: (tag) => new Element(tag), adoptedStyleSheets: [], body: new Element("body") };
document.querySelector = () => document.body; // "main"
globalThis.CSSStyleSheet = class {
  replaceSync() {}
};
