import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, seen } from "./lib.mjs";
import { WelcomeWatch } from "../WelcomeWatch.js";

test("WelcomeWatch: says how many are at the door, and goes with its page", () => {
  begin();
  const widget = new WelcomeWatch({ boxColor: "#111111" });
  const box = seen.anchored.get("#111111");
  for (const [n, text] of [
    [3, "3 people are still at the door."],
    [1, "One person is still at the door."],
    [0, "Everybody is in."],
  ]) {
    widget.from_server({ n });
    assert.equal(box.textContent, text);
  }
  widget.destroy();
  assert.equal(seen.anchored.size, 0);
});
