// The table of sessions. Rows stay as long as their sessions are shown, so that
// neither the focus nor the place is lost when something changes.
import { ageOf, at, count, fullness, make, many, nameOf, setText, short } from "./at.js";

const MOST_NAMES = 3; // of what a session hears

export function showSessions(hub) {
  const rows = new Map(); // id -> row
  hub.on("live/picture", (_sender, _path, picture) => {
    const heard = connections(picture.graph);
    const nodes = picture.graph.nodes.filter((n) => n.session);
    const gone = new Set(rows.keys());
    for (const node of nodes) {
      gone.delete(node.id);
      if (!rows.has(node.id)) rows.set(node.id, new Row(hub, node));
      rows.get(node.id).show(node.session, heard.get(node.id) ?? []);
    }
    for (const id of gone) {
      rows.get(id).element.remove();
      rows.delete(id);
    }
    setText(at("listed"), nodes.length < picture.sessions ? `A sample: ${count(nodes.length)} of ${many(picture.sessions, "session")}.` : `All ${count(nodes.length)} are shown.`);
  });
  setInterval(() => rows.forEach((row) => row.grow()), 1000);
}

// connections are the names of what each session hears.
function connections({ nodes, edges }) {
  const names = new Map(nodes.filter((n) => n.kind === "path" || n.kind === "pattern").map((n) => [n.id, n.name]));
  const heard = new Map();
  for (const { from, to } of edges) {
    if (names.has(from)) heard.set(to, [...(heard.get(to) ?? []), names.get(from)]);
  }
  return heard;
}

class Row {
  constructor(hub, { id, session }) {
    const pick = make("button", { type: "button", className: "link mono", textContent: short(id, 18), title: id, ariaLabel: `ask about ${id}` });
    pick.addEventListener("click", () => hub.update(null, "pick/id", id));
    this.began = session.began;
    this.transport = make("td");
    this.age = make("td", { className: "number" });
    this.meter = make("meter", { min: 0, max: 1, low: 0.5, high: 0.8, optimum: 0 });
    this.queue = make("span", { className: "number" });
    this.heard = make("td", { className: "heard" });
    this.element = make("tr", {}, make("td", {}, pick), this.transport, this.age, make("td", { className: "queue" }, this.meter, this.queue), this.heard);
    at("sessions").append(this.element);
    this.grow();
  }

  show(session, heard) {
    setText(this.transport, nameOf(session.transport));
    this.meter.value = fullness(session);
    this.meter.ariaLabel = `${Math.round(100 * fullness(session))} % full`;
    setText(this.queue, count(session.messages));
    const more = heard.length - MOST_NAMES;
    setText(this.heard, heard.length ? heard.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${count(more)} more` : "") : "–");
    this.heard.title = heard.join("\n");
  }

  grow() {
    setText(this.age, ageOf(this.began));
  }
}
