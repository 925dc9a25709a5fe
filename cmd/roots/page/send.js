// What this window hears and says. It is its own back-end: it comes from the
// trusted port, so it may tell Dudley who hears what.
import { Pomona } from "./pomona.js";
import { post, postAll } from "./ask.js";
import { at, clock, make, onSubmit, setText } from "./at.js";

const MOST_LINES = 100;

export function sendForm(hub) {
  const pomona = open(hub);
  let off = () => {};
  const listen = () => {
    const path = at("path").value;
    off();
    setText(at("curl"), `curl -d 'hello' ${location.origin}/${path.split("/").map(encodeURIComponent).join("/")}`);
    if (!pomona) return;
    try {
      off = pomona.connect(path, say, () => say(`listening to ${path}`, "note"));
      setText(at("send-error"), "");
    } catch (error) {
      setText(at("send-error"), error.message);
    }
  };
  onSubmit("listen", listen);
  onSubmit("send", async () => {
    const why = await post(at("path").value, at("message").value);
    setText(at("send-error"), why);
    if (!why) at("message").value = "";
  });
  listen();
}

// open begins a session of this window, if Firenze is on.
function open(hub) {
  const { firenze: port, scheme } = document.documentElement.dataset;
  if (port === "0") {
    setText(at("send-error"), "Firenze is off, so this window hears nothing.");
    return undefined;
  }
  const change = (verb) => async (id, paths) => {
    hub.update(null, "live/me", id);
    const why = await postAll(paths.map((path) => ({ path: verb, message: `${id}->${path}` })));
    if (why) throw new Error(why);
  };
  const url = `${scheme}://${location.hostname}:${port}/comet/`;
  return new Pomona({ url, connectUrl: change("::connect"), disconnectUrl: change("::disconnect") });
}

function say(text, kind = "") {
  const list = at("messages");
  list.prepend(make("li", { className: kind }, make("time", { textContent: clock() }), make("span", { className: "text", textContent: text })));
  while (list.children.length > MOST_LINES) list.lastChild.remove();
}
