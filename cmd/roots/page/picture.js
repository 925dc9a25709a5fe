// The running routes as a picture. Its nodes stay as long as what they stand for,
// so that the focus stays too. One of them at a time can be reached by Tab, the
// others from there by arrow keys.
import { at, count, fullness, many, nameOf, setText, short } from "./at.js";
import { choose, line, place } from "./layout.js";

const LETTER = 7.5; // pixels, as wide as a letter of a name is, and a digit of an id
const SMALL = 6.4; // of a note
const PULSE = 700; // ms

export function showPicture(hub) {
  const drawing = new Drawing(hub, at("picture"));
  hub.on("live/picture", (_sender, _path, picture) => drawing.show(picture));
  hub.on("live/me", (_sender, _path, id) => (drawing.me = id));
  hub.on("live/updates", (_sender, _path, { updates }) => updates.forEach(({ path }) => drawing.pulse(path)));
}

class Drawing {
  me = ""; // the id of this window
  #hub;
  #svg;
  #lines;
  #nodes = new Map(); // id -> Shape
  #picture;
  #marked; // the id of the node whose edges stand out

  constructor(hub, svg) {
    this.#hub = hub;
    this.#svg = svg;
    this.#lines = svg.appendChild(draw("g", { class: "edges", "aria-hidden": "true" }));
    svg.addEventListener("keydown", (event) => this.#key(event));
    svg.addEventListener("focusin", (event) => this.#mark(event.target.dataset.id));
    svg.addEventListener("focusout", () => this.#mark());
    svg.addEventListener("pointerover", (event) => this.#mark(event.target.closest(".node")?.dataset.id));
    svg.addEventListener("pointerleave", () => this.#mark());
    const again = () => this.#picture && this.show(this.#picture);
    new ResizeObserver(() => requestAnimationFrame(again)).observe(svg.parentElement);
  }

  show(picture) {
    this.#picture = picture;
    const chosen = choose(picture.graph);
    const width = this.#svg.clientWidth;
    const { at: places, height } = place(chosen, width);
    this.#svg.setAttribute("viewBox", `-2 -2 ${width + 4} ${height + 4}`);
    this.#svg.style.height = `${height + 4}px`;
    this.#showNodes(chosen.nodes, places);
    this.#lines.replaceChildren(...chosen.edges.map(({ from, to }) => {
      const edge = draw("path", { d: line(places.get(from), places.get(to)) });
      Object.assign(edge.dataset, { from, to });
      return edge;
    }));
    this.#mark(this.#marked);
    setText(at("drawn"), sentence(picture, chosen));
  }

  #showNodes(nodes, places) {
    const gone = new Set(this.#nodes.keys());
    for (const [i, node] of nodes.entries()) {
      gone.delete(node.id);
      if (!this.#nodes.has(node.id)) this.#nodes.set(node.id, new Shape(this.#svg, node, () => this.#pick(node)));
      this.#nodes.get(node.id).show(node, places.get(node.id), node.id === this.me);
      this.#nodes.get(node.id).element.dataset.turn = i;
    }
    for (const id of gone) {
      this.#nodes.get(id).element.remove();
      this.#nodes.delete(id);
    }
    const all = this.#inTurn();
    if (!all.some((e) => e.tabIndex === 0)) all[0]?.setAttribute("tabindex", 0);
  }

  // inTurn are the nodes in the order in which arrow keys come to them.
  #inTurn() {
    return [...this.#svg.querySelectorAll(".node")].sort((a, b) => a.dataset.turn - b.dataset.turn);
  }

  #pick({ id, kind, name }) {
    if (isPath(kind)) this.#hub.update(null, "pick/path", name);
    if (kind === "session") this.#hub.update(null, "pick/id", id);
  }

  // mark makes the edges of a node stand out.
  #mark(id) {
    this.#marked = id;
    for (const edge of this.#lines.children) edge.classList.toggle("on", edge.dataset.from === id || edge.dataset.to === id);
  }

  #key(event) {
    const all = this.#inTurn();
    const here = all.indexOf(document.activeElement);
    const to = { ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Enter" || event.key === " ") document.activeElement.dispatchEvent(new Event("click"));
    else if (all[to]) {
      all[here]?.setAttribute("tabindex", -1);
      all[to].setAttribute("tabindex", 0);
      all[to].focus();
    } else return;
    event.preventDefault();
  }

  /** pulse shows that an update passed the node of its path. */
  pulse(path) {
    this.#nodes.get(`path:${path}`)?.pulse();
  }
}

const isPath = (kind) => kind === "path" || kind === "pattern";

/** picks says whether something happens when a node is picked. */
const picks = (kind) => isPath(kind) || kind === "session";

const SVG = "http://www.w3.org/2000/svg";

function draw(tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

class Shape {
  constructor(svg, { id, kind }, pick) {
    this.element = svg.appendChild(draw("g", { class: `node ${kind}`, role: picks(kind) ? "button" : "img", tabindex: -1 }));
    this.element.dataset.id = id;
    this.element.addEventListener("click", pick);
    this.box = this.element.appendChild(draw("rect", { rx: isPath(kind) ? 15 : 6 }));
    this.bar = this.element.appendChild(draw("rect", { class: "bar", height: 3, rx: 1.5 }));
    this.name = this.element.appendChild(draw("text", { class: "name", x: 10, y: 19 }));
    this.note = this.element.appendChild(draw("text", { class: "note", y: 19, "text-anchor": "end" }));
    this.title = this.element.appendChild(draw("title"));
  }

  show(node, { x, y, width, height }, mine) {
    this.element.setAttribute("transform", `translate(${x},${y})`);
    this.element.classList.toggle("mine", mine);
    this.box.setAttribute("width", width);
    this.box.setAttribute("height", height);
    const note = noteOf(node, width < 170);
    this.note.setAttribute("x", width - 10);
    setText(this.note, note);
    const room = Math.floor((width - 28 - note.length * SMALL) / LETTER);
    setText(this.name, mine ? "this window" : short(node.name, Math.max(room, 4)));
    const full = node.session ? fullness(node.session) : 0;
    this.bar.setAttribute("width", full > 0 ? Math.max(4, full * (width - 12)) : 0);
    this.bar.setAttribute("x", 6);
    this.bar.setAttribute("y", height - 4.5);
    this.bar.dataset.full = full >= 0.8 ? "most" : full >= 0.5 ? "half" : "little";
    const said = say(node, mine);
    this.element.setAttribute("aria-label", said);
    setText(this.title, said);
  }

  pulse() {
    this.element.classList.add("pulse");
    clearTimeout(this.pulsing);
    this.pulsing = setTimeout(() => this.element.classList.remove("pulse"), PULSE);
  }
}

const BRIEF = { "long-poll": "poll", websocket: "ws", sse: "sse", none: "–" };

function noteOf({ session, receivers }, briefly) {
  const transport = session && (briefly ? BRIEF[session.transport] : nameOf(session.transport));
  if (session) return session.messages ? `${transport} · ${count(session.messages)}` : transport;
  return receivers ? `→ ${count(receivers)}` : "";
}

function say({ kind, name, session, receivers }, mine) {
  if (session) return `${mine ? "this window, " : ""}session ${name}, ${nameOf(session.transport)}, ${many(session.messages, "message")} in a queue of ${count(session.maxMessages)}`;
  return receivers ? `${kind} ${name}, heard by ${count(receivers)}` : `${kind} ${name}`;
}

// sentence says what is drawn, and what is left out.
function sentence({ graph, sessions, transports, queues, connections }, chosen) {
  if (sessions === 0) return "No session is open.";
  const kinds = Object.entries(transports).sort((a, b) => b[1] - a[1]).map(([name, n]) => `${count(n)} ${nameOf(name)}`);
  const full = `queues: ${count(queues.empty)} empty, ${count(queues.under)} under half, ${count(queues.over)} half full or more`;
  const receivers = graph.leftOut.receivers + graph.nodes.filter((n) => n.session || n.kind === "receiver").length;
  const drawn = chosen.receivers < receivers ? ` Drawn are ${count(chosen.receivers)} of them, with ${many(chosen.paths, "path")}.` : "";
  return `${many(sessions, "session")} (${kinds.join(", ")}) with ${many(connections, "connection")}; ${full}.${drawn}`;
}
