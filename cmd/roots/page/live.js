// The stream of what the server does, GET /live. It is handed on as updates:
//
//   live/picture   the running routes, and numbers about all of them
//   live/updates   some of the updates that passed, and how many did
//   live/state     "live" or what is wrong
//   live/refused   why the filter is none, or ""
//
// "pick/paths" asks for the updates of a path or pattern. A stream that breaks, or
// is silent for too long, is opened anew.
import { ask } from "./ask.js";

const SILENCE = 25_000; // ms; the server says something every 10 s
const FIRST_REST = 500; // ms between two attempts, doubled each time
const LONGEST_REST = 10_000;

/** watch streams to the hub as long as the page is there. */
export function watch(hub) {
  let current = new AbortController();
  const show = (paths) => {
    current.abort();
    current = new AbortController();
    run(hub, paths, current.signal);
  };
  hub.on("pick/paths", (_sender, _path, paths) => show(paths));
  show("");
}

async function run(hub, paths, ended) {
  for (let rest = FIRST_REST; !ended.aborted; rest = Math.min(2 * rest, LONGEST_REST)) {
    let why = "reconnecting …";
    try {
      const answer = await open(paths, ended);
      hub.update(null, "live/refused", answer.refused ?? "");
      if (answer.refused) return;
      hub.update(null, "live/state", "live");
      rest = FIRST_REST;
      await read(answer, (event, data) => !ended.aborted && hub.update(null, `live/${event}`, data));
    } catch (failure) {
      why = failure.told ?? why; // in any case it is opened anew
    }
    if (ended.aborted) return;
    hub.update(null, "live/state", navigator.onLine ? why : "offline");
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}

// open returns the body of the stream, or why the filter is refused.
async function open(paths, ended) {
  const silent = new AbortController();
  let timer;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silent.abort(), SILENCE);
  };
  const query = paths ? `?${new URLSearchParams({ paths })}` : "";
  const answer = await ask(`/live${query}`, { signal: AbortSignal.any([ended, silent.signal]) });
  if (answer.status === 400) return { refused: (await answer.json()).error };
  if (!answer.ok) throw Object.assign(new Error(), { told: (await answer.json()).error });
  return { body: answer.body, alive, over: () => clearTimeout(timer) };
}

// read takes the events out of a stream until it ends.
async function read({ body, alive, over }, tell) {
  alive();
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  try {
    for (let part; !(part = await reader.read()).done; ) {
      alive();
      const events = (text + part.value).split("\n\n");
      text = events.pop();
      for (const event of events) take(event, tell);
    }
  } finally {
    over();
  }
}

function take(event, tell) {
  const [, name, data] = event.match(/^event: (.*)\ndata: (.*)$/) ?? [];
  if (name) tell(name, JSON.parse(data));
}
