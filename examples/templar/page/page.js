// The page speaks with the gateway as any client does: one websocket, and a requestId
// for each subscription. What is said goes to the application, which publishes it.

const byId = (id) => document.getElementById(id);
const rooms = {
  "customer 1": { customer: 1 },
  "customer 2": { customer: 2 },
  "all customers": { customer: "*" },
};
const people = "people";
const most = 100; // lines are kept of each list

let who = "";
let socket;
let waiting = []; // what to do with the answers that are to come, which have no ids

// add appends a line to a list, in pieces: text, or [element, text].
function add(list, className, ...pieces) {
  const line = document.createElement("li");
  line.className = className;
  line.append(...pieces.map((piece) => {
    if (typeof piece === "string") return piece;
    const element = document.createElement(piece[0]);
    element.textContent = piece[1];
    return element;
  }));
  byId(list).append(line);
  while (byId(list).children.length > most) byId(list).firstChild.remove();
  byId(list).scrollTop = byId(list).scrollHeight;
}

function send(message, then) {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  add("frames", "up", "→ " + text);
  socket.send(text);
  if (then) waiting.push(then);
}

function take(text) {
  add("frames", "down", "← " + text);
  if (text === "pong") return;
  const message = JSON.parse(text);
  if ("is_authorized" in message) begin(message);
  else if (message.type === "publish") show(message);
  else waiting.shift()?.(message);
}

function begin({ is_authorized: authorized, allowed_rooms: allowed }) {
  byId("allowed").textContent = authorized ? "May enter " + allowed.map((room) => JSON.stringify(room)).join(" and ") : "The application does not know who this is.";
  if (!authorized) return;
  byId("status").textContent = "Connected";
  byId("status").className = "open";
  for (const box of document.querySelectorAll("#choices input")) box.disabled = false;
  if (allowed.some((room) => room.list === people)) {
    byId("desk").hidden = false;
    send({ type: "subscribe", room: { list: people }, requestId: people }, async () => {
      showPeople(await (await fetch("people")).json()); // after the answer, so that nothing is missed
    });
  }
}

function show({ data, requestId }) {
  if (requestId === people) return showPeople(data);
  add("messages", "", ["strong", data.from], ": " + data.text + " ", ["small", "heard in " + requestId]);
}

function showPeople(names) {
  byId("people").textContent = names.join(", ");
}

function choose(name, box) {
  byId("problem").textContent = "";
  const type = box.checked ? "subscribe" : "unsubscribe";
  send({ type, room: rooms[name], requestId: name }, ({ code, message }) => {
    if (code === "success") return;
    box.checked = false;
    byId("problem").textContent = `${name}: ${message}`;
  });
}

function connect() {
  const query = who ? `?token=${who}` : "";
  const mine = new WebSocket(`${location.protocol.replace("http", "ws")}//${location.host}/ws/${query}`);
  socket?.close();
  socket = mine;
  waiting = [];
  byId("desk").hidden = true;
  for (const box of document.querySelectorAll("#choices input")) {
    box.checked = false;
    box.disabled = true;
  }
  mine.addEventListener("message", ({ data }) => mine === socket && take(data));
  mine.addEventListener("close", ({ code }) => {
    if (mine !== socket) return;
    byId("status").textContent = `Closed (${code})`;
    byId("status").className = "";
  });
}

for (const name of Object.keys(rooms)) {
  const box = Object.assign(document.createElement("input"), { type: "checkbox", disabled: true, name });
  box.addEventListener("change", () => choose(name, box));
  const label = document.createElement("label");
  label.append(box, " " + name);
  const line = document.createElement("li");
  line.append(label);
  byId("choices").append(line);
  byId("to").append(new Option(name, name));
}

byId("who").addEventListener("change", ({ target }) => {
  who = target.value;
  for (const id of ["messages", "frames", "people", "problem"]) byId(id).textContent = "";
  connect();
});

byId("say").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify({ room: rooms[byId("to").value], text: byId("text").value });
  const answer = await fetch("say", { method: "POST", headers: { Authorization: `Token ${who}` }, body });
  byId("problem").textContent = answer.ok ? "" : await answer.text();
  if (answer.ok) byId("text").value = "";
});

setInterval(() => socket?.readyState === WebSocket.OPEN && byId("status").className && send("ping"), 60_000);
