// The page of a list, in five parts: what is known about the tasks, how they are
// shown, what the user does, push, and the status that says whether it works.

import { Pomona } from "/comet/pomona.js"; // push

const list = document.querySelector("main").dataset.list;
const url = `/lists/${encodeURIComponent(list)}`;
const byId = (id) => document.getElementById(id);

// ---- What is known

const records = new Map(); // id -> the newest record of it, be it a task or a deletion
let loaded = 0; // the version of the list that was loaded last

// take learns of a record, from an answer or from a push. What comes a second
// time, or too late, changes nothing.
function take(record) {
  if (record.version <= (records.get(record.id)?.version ?? loaded)) return;
  records.set(record.id, record);
  show(record);
}

// takeAll learns of the whole list. What it lacks has been deleted.
function takeAll({ version, tasks }) {
  const present = new Set(tasks.map((task) => task.id));
  for (const id of records.keys()) {
    if (!present.has(id)) take({ id, version, deleted: true });
  }
  tasks.forEach(take);
  loaded = version;
}

// ---- How it is shown: text of users is only ever textContent

const rowId = (id) => `task-${id}`;

function show(record) {
  if (record.deleted) {
    byId(rowId(record.id))?.remove();
    return;
  }
  const row = byId(rowId(record.id)) ?? addRow(record);
  const [done, text] = row.children;
  done.checked = record.done;
  if (text !== document.activeElement) text.textContent = record.text; // whoever is typing is not disturbed
}

// addRow puts an empty row in its place in the order of creation.
function addRow({ id, created }) {
  const row = byId("row").content.cloneNode(true).firstElementChild;
  const [done, text, remove] = row.children;
  row.id = rowId(id);
  row.dataset.created = created;
  text.id = `text-${id}`;
  done.setAttribute("aria-labelledby", text.id);
  done.addEventListener("change", () => change(id, { done: done.checked }));
  text.addEventListener("blur", () => change(id, { text: text.textContent }));
  text.addEventListener("keydown", (event) => leaveText(event, text, id));
  remove.addEventListener("click", () => removeTask(id));
  const next = [...byId("tasks").children].find((other) => Number(other.dataset.created) > created);
  byId("tasks").insertBefore(row, next ?? null);
  return row;
}

function leaveText(event, text, id) {
  if (event.key === "Escape") text.textContent = records.get(id).text;
  if (event.key !== "Enter" && event.key !== "Escape") return;
  event.preventDefault();
  text.blur();
}

// ---- What the user does

// csrf is what Django wants to be told; the server in Go looks where a request comes from.
const csrf = () => ({ "X-CSRFToken": /csrftoken=(\w+)/.exec(document.cookie)?.[1] ?? "" });

async function send(method, path, body) {
  let response, answer;
  try {
    const headers = { "Content-Type": "application/json", ...csrf() };
    const signal = AbortSignal.timeout(15_000);
    response = await fetch(url + path, { method, headers, body: JSON.stringify(body), signal });
    answer = await response.json();
  } catch {
    throw new Error("The server did not answer. Please try again.");
  }
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

// attempt does work, shows what is wrong if it fails, and says whether it did not.
async function attempt(work) {
  byId("problem").textContent = "";
  try {
    await work();
    return true;
  } catch (error) {
    byId("problem").textContent = error.message;
    return false;
  }
}

const randomId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
const unsure = new Map(); // text -> the id that it could not be added with; tried again with that, it is not added twice

byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { text: field } = event.target.elements;
  const text = field.value.trim();
  if (!text) return;
  const id = unsure.get(text) ?? randomId();
  field.value = "";
  if (await attempt(async () => take(await send("POST", "/tasks", { id, text })))) {
    unsure.delete(text);
    return;
  }
  unsure.set(text, id);
  field.value ||= text;
});

// change saves what the user changed of a task, or shows again what it was.
async function change(id, what) {
  const record = records.get(id);
  const { text, done } = { ...record, ...what };
  if (record.deleted || (text.trim() === record.text && done === record.done)) return show(record);
  const saved = await attempt(async () => take(await send("PUT", `/tasks/${id}`, { text, done })));
  if (!saved && "done" in what) show(records.get(id)); // a text stays, to be tried again
}

async function removeTask(id) {
  const { nextElementSibling: next } = byId(rowId(id));
  if (await attempt(async () => take(await send("DELETE", `/tasks/${id}`)))) {
    (next?.querySelector("button") ?? byId("add").elements.text).focus();
  }
}

byId("share").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => {
    const { members } = await send("POST", "/members", { name: byId("name").value });
    byId("members").textContent = members.join(", ");
    event.target.reset();
  });
});

// ---- Status: whether the changes of others arrive

const state = { live: false, reachable: true };

function setStatus(news) {
  const { live, reachable } = Object.assign(state, news);
  const text = !reachable ? "Offline, reconnecting…" : live ? "Live" : "Connecting…";
  if (byId("status").textContent === text) return; // else it would be read aloud again
  byId("status").textContent = text;
  byId("status").dataset.state = !reachable ? "offline" : live ? "live" : "connecting";
}

// ---- Push

// Without push this would be called once, and only show what was there then.
async function load() {
  takeAll(await send("GET", "/tasks"));
  byId("tasks").setAttribute("aria-busy", "false");
  setStatus({ live: true });
}

const pomona = new Pomona({ connectUrl: "/connect/{id}", disconnectUrl: "/disconnect/{id}", headers: csrf });
pomona.connect(`todos/${list}`, (message) => take(JSON.parse(message)), load);
pomona.addEventListener("lost", () => setStatus({ live: false }));
pomona.addEventListener("unreachable", () => setStatus({ reachable: false }));
pomona.addEventListener("reachable", () => setStatus({ reachable: true }));
pomona.addEventListener("error", ({ status }) => {
  byId("problem").textContent = status === 401 ? "You are logged out. Reload the page to log in." : "You may not hear this list.";
});
