// Runs scripts on Pig for the Go test that runs the same on its own: a JSON list
// of scripts a line, and a JSON list of what was heard in answer. The module is
// named by the first argument.
import { createInterface } from "node:readline";

const { Pig } = await import(process.argv[2]);

/** What each receiver heard: the numbers of the steps, or "x" if it was refused. */
function run(script) {
  const pig = new Pig();
  const all = [];
  script.forEach(([verb, what], step) => {
    if (verb === "off") all[what].off();
    else if (verb === "update") pig.update(null, what, String(step));
    else all.push(listen(pig, what));
  });
  return all.map(({ heard }) => heard).join("|");
}

function listen(pig, path) {
  const receiver = { heard: "", off() {} };
  try {
    receiver.off = pig.on(path, (_, about, message) => (receiver.heard += `${message} ${about} `));
  } catch {
    receiver.heard = "x";
  }
  return receiver;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(JSON.parse(line).map(run)) + "\n");
}
