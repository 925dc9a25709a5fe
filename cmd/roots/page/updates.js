// Updates as they pass: those that the server picked, with the number of all.
// "live/rate" tells how many passed in the last second.
import { at, clock, count, make, onSubmit, setText } from "./at.js";

const MOST_LINES = 200;

export function showUpdates(hub) {
  let paused = false;
  let missed = 0; // while paused
  let second = { passed: 0, shown: 0 };
  const list = at("updates");

  hub.on("live/updates", (_sender, _path, { updates, passed }) => {
    second.passed += passed;
    if (paused) {
      missed += passed;
      return;
    }
    second.shown += updates.length;
    const now = clock();
    list.prepend(...updates.map((u) => line(hub, now, u)).reverse());
    while (list.children.length > MOST_LINES) list.lastChild.remove();
  });

  setInterval(() => {
    hub.update(null, "live/rate", second);
    setText(at("sampled"), paused ? `Paused. ${count(missed)} have passed since.` : sentence(second));
    second = { passed: 0, shown: 0 };
  }, 1000);

  const pick = (paths) => {
    at("paths").value = paths;
    list.replaceChildren();
    hub.update(null, "pick/paths", paths);
  };
  onSubmit("filter", () => pick(at("paths").value));
  hub.on("pick/path", (_sender, _path, path) => pick(path));
  hub.on("live/refused", (_sender, _path, why) => setText(at("filter-error"), why));

  at("pause").addEventListener("click", () => {
    paused = !paused;
    missed = 0;
    at("pause").dataset.paused = paused;
    setText(at("pause"), paused ? "Go on" : "Pause");
    setText(at("sampled"), paused ? "Paused." : "");
  });
}

function sentence({ passed, shown }) {
  if (passed === 0) return "None in the last second.";
  if (shown >= passed) return `All ${count(passed)} of the last second are shown.`;
  return `A sample: ${count(shown)} of the ${count(passed)} that passed in the last second. The server leaves the others out here; they are delivered.`;
}

function line(hub, now, { path, message, bytes }) {
  const pick = make("button", { type: "button", className: "link", textContent: path, title: `show only ${path}` });
  pick.addEventListener("click", () => hub.update(null, "pick/path", path));
  const text = make("span", { className: "text", textContent: message });
  if (bytes > new TextEncoder().encode(message).length) text.append(make("em", { textContent: ` … ${count(bytes)} bytes` }));
  return make("li", {}, make("time", { textContent: now }), pick, text);
}
