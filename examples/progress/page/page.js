// The page shows lists: of jobs, and of the files in two folders. A list is a path
// whose state is names, and each name below it is a path of its own.

import { Pomona } from "/comet/pomona.js";

const byId = (id) => document.getElementById(id);
const who = document.body.dataset.who;

// Each message is the whole state of its path, so only the latest counts.
const pomona = new Pomona({ latest: true, connectUrl: "/connect/{id}", disconnectUrl: "/disconnect/{id}" });

async function ask(method, url) {
  const response = await fetch(url, { method });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

// What is wrong is shown until the same works, whatever else succeeds meanwhile.
let failed = "";
function complain(what, text) {
  failed = what;
  byId("problem").textContent = text;
}

// attempt does work, and shows what is wrong if it fails.
async function attempt(what, work) {
  try {
    await work();
    if (failed === what) complain("", "");
  } catch (error) {
    complain(what, error.message);
  }
}

// watch shows the state of a path, now and whenever it changes. It returns what ends that.
function watch(path, show) {
  const load = () => attempt(path, async () => show(await ask("GET", `/state?path=${encodeURIComponent(path)}`)));
  return pomona.connect(path, (message) => message && show(JSON.parse(message)), load);
}

// watchList shows a list, whose rows are made by the template of this id. Rows come and go with their names.
function watchList(list, path, template, fill) {
  const rows = new Map(); // name -> its row, and what ends watching it
  list.setAttribute("aria-busy", "true");

  function add(name) {
    const row = byId(template).content.cloneNode(true).firstElementChild;
    rows.set(name, { row, end: watch(`${path}/${name}`, (state) => fill(row, state, name)) });
  }

  function show(names) {
    list.removeAttribute("aria-busy");
    for (const [name, { row, end }] of rows) {
      if (names.includes(name)) continue;
      row.remove();
      end();
      rows.delete(name);
    }
    names.filter((name) => !rows.has(name)).forEach(add);
    names.forEach((name, i) => {
      const { row } = rows.get(name);
      if (list.children[i] !== row) list.insertBefore(row, list.children[i] ?? null);
    });
  }

  watch(path, show);
}

// ---- Jobs

function fillJob(row, { state, percent, text }, id) {
  row.dataset.state = state;
  row.querySelector(".state").textContent = `${state}, ${Math.floor(percent)} %`;
  row.querySelector(".text").textContent = text;
  row.querySelector("progress").value = percent;
  row.querySelector("button").onclick = () => attempt("jobs", () => ask("DELETE", `/jobs/${id}`));
}

watchList(byId("jobs"), `process/${who}`, "job", fillJob);
byId("start").addEventListener("click", () => attempt("jobs", () => ask("POST", "/jobs")));

// ---- Files: their text is only ever textContent

const bytes = new Intl.NumberFormat("en", { style: "unit", unit: "byte", unitDisplay: "long" });

function fillFile(row, { size, changed, text }, name) {
  row.querySelector(".name").textContent = name;
  row.querySelector(".text").textContent = `${bytes.format(size)}, ${new Date(changed).toLocaleTimeString()}`;
  row.querySelector("pre").textContent = text || (size ? "This is no text." : "It is empty.");
}

watchList(byId("own"), `file/${who}`, "file", fillFile);
watchList(byId("everyone"), "file/everyone", "file", fillFile);

// ---- Whether news arrive

const setStatus = (text) => (byId("status").textContent = text);
pomona.addEventListener("ready", () => setStatus("Live"));
pomona.addEventListener("lost", () => setStatus("Connecting…"));
pomona.addEventListener("unreachable", () => setStatus("Offline, reconnecting…"));
pomona.addEventListener("reachable", () => setStatus("Live"));
pomona.addEventListener("error", ({ status }) => {
  complain("connect", status === 401 ? "You are signed out. Reload the page to sign in." : "You may not see this.");
});
