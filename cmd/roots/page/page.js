// The page to try the server with. It is its own back-end: it comes from the
// trusted port, so it may tell Dudley who hears what.
import { Pomona } from "./pomona.js";

const mostLines = 200;
const at = (id) => document.getElementById(id);

let token = "";
let listening = () => {};

const pomona = new Pomona({
  url: `${location.protocol}//${location.hostname}:PORT/comet/`,
  connectUrl: (id, paths) => connection("::connect", id, paths),
  disconnectUrl: (id, paths) => connection("::disconnect", id, paths),
});
pomona.addEventListener("ready", () => state("live", true));
pomona.addEventListener("lost", () => state("reconnecting …", false));
window.addEventListener("offline", () => state("offline", false));

function connection(verb, id, paths) {
  return post("/", JSON.stringify(paths.map((path) => ({ path: verb, message: `${id}->${path}` }))));
}

async function post(address, body) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const answer = await fetch(address, { method: "POST", headers: { Accept: "application/json", ...headers }, body });
  at("authorize").hidden = answer.status !== 401;
  at("error").hidden = answer.ok;
  if (!answer.ok) at("error").textContent = (await answer.clone().json()).error;
  return answer;
}

function listen() {
  const path = at("path").value;
  listening();
  state("connecting …", false);
  listening = pomona.connect(path, show, () => note(`listening to ${path}`));
  at("curl").textContent = `curl -d 'hello' ${location.origin}${address(path)}`;
}

// address is where a path is posted to: what means something in a URL is escaped.
function address(path) {
  return "/" + path.split("/").map(encodeURIComponent).join("/");
}

function state(text, live) {
  at("state").textContent = text;
  at("state").dataset.live = live;
}

function note(text) {
  show(text).className = "note";
}

function show(text) {
  const messages = at("messages");
  const item = messages.appendChild(document.createElement("li"));
  item.append(Object.assign(document.createElement("time"), { textContent: new Date().toLocaleTimeString() }));
  item.append(Object.assign(document.createElement("span"), { textContent: text }));
  while (messages.children.length > mostLines) messages.firstChild.remove();
  item.scrollIntoView({ block: "nearest" });
  return item;
}

function on(form, act) {
  at(form).addEventListener("submit", (event) => {
    event.preventDefault();
    act();
  });
}

on("listen", listen);
on("send", async () => {
  const message = at("message");
  const answer = await post(address(at("path").value), message.value);
  if (answer.ok) message.value = "";
});
on("authorize", () => {
  token = at("token").value;
  listen();
});
listen();
