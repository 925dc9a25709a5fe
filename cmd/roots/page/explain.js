// The form that asks about an id, and connects it.
import { ask, postAll } from "./ask.js";
import { at, onSubmit } from "./at.js";

export function askForm(hub) {
  let me = "";
  hub.on("live/me", (_sender, _path, id) => (me = id));
  hub.on("pick/id", (_sender, _path, id) => {
    at("id").value = id;
    at("heard").focus();
  });
  at("me").addEventListener("click", () => (at("id").value = me));
  onSubmit("ask", async (button) => {
    const id = at("id").value;
    const path = at("heard").value;
    const what = button?.value ?? "explain";
    try {
      const done = what === "explain" ? { text: "" } : await change(what, id, path);
      answer(done.failed || (done.text && path.includes("*")) ? done : join(done, await explain(id, path)));
    } catch (failure) {
      answer({ text: `The server can't be reached: ${failure.message}`, failed: true });
    }
  });
}

const VERBS = { connect: ["::connect", "::match"], disconnect: ["::disconnect", "::unmatch"] };

async function change(what, id, path) {
  const verb = VERBS[what][Number(path.includes("*"))];
  const failed = await postAll([{ path: verb, message: `${id}->${path}` }]);
  return failed ? { text: failed, failed: true } : { text: `Sent ${verb}. ` };
}

async function explain(id, path) {
  const response = await ask(`/explain?${new URLSearchParams({ id, path })}`);
  const told = await response.json();
  if (!response.ok) return { text: told.error, failed: true };
  return { text: told.gets ? `Yes: ${told.why}.` : `No, ${told.reason}: ${told.why}.`, gets: told.gets };
}

const join = (done, told) => ({ ...told, text: done.text + told.text });

function answer({ text, gets, failed }) {
  at("answer").textContent = text;
  at("answer").className = failed ? "error" : gets === undefined ? "" : gets ? "yes" : "no";
}
