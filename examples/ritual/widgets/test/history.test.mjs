// Runs widgets through statuses that the Go side told, in the file that HISTORIES
// names: {"Histogram": [status, …], …}.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { begin, seen } from "./lib.mjs";

const histories = JSON.parse(readFileSync(process.env.HISTORIES));

// inOrder sorts what has its place by row and column, wherever it is in the document.
function inOrder(look) {
  const text = (child) => JSON.stringify(child);
  const children = look.children?.map(inOrder);
  if (look.attributes?.class === "cross-words-grid") children.sort((a, b) => (text(a) < text(b) ? -1 : 1));
  return children ? { ...look, children } : look;
}

// shown gives what can be seen of a widget after these statuses.
async function shown(name, statuses) {
  begin();
  const module = await import(`../${name}.js`);
  const widget = new module[name](statuses[0]);
  for (const status of statuses) widget.from_server(status);
  const looks = [document.body, ...seen.anchored.values()].map((element) => inOrder(element.look()));
  const page = String(widget.page);
  widget.destroy();
  assert.deepEqual([seen.anchored.size, document.body.children.length], [0, 0], "something of it stays behind");
  return { looks, page };
}

for (const [name, statuses] of Object.entries(histories)) {
  test(`${name}: who comes late sees what the others see`, async () => {
    assert.ok(statuses.length > 1 || name === "CircleFlames");
    const all = await shown(name, statuses);
    assert.deepEqual(await shown(name, statuses.slice(-1)), all);
    assert.deepEqual(await shown(name, [...statuses, statuses.at(-1), statuses.at(-1)]), all);
    if (statuses.length > 1) assert.notDeepEqual(await shown(name, statuses.slice(0, 1)), all);
  });
}
