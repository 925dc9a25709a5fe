// The head of the page: whether it is live, and numbers about the whole server.
import { at, count, setText, short } from "./at.js";

export function showNumbers(hub) {
  hub.on("live/state", (_sender, _path, state) => {
    setText(at("state"), state);
    at("state").dataset.live = state === "live";
  });
  hub.on("live/picture", (_sender, _path, { sessions, paths, connections }) => {
    setText(at("n-sessions"), count(sessions));
    setText(at("n-paths"), count(paths));
    setText(at("n-connections"), count(connections));
  });
  hub.on("pick/paths", (_sender, _path, paths) => setText(at("l-rate"), paths ? `a second on ${short(paths, 24)}` : "updates a second"));
  hub.on("live/rate", (_sender, _path, { passed }) => setText(at("n-rate"), count(passed)));
}
