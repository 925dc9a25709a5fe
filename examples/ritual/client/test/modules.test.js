import assert from "node:assert/strict";
import { test } from "node:test";

import { importWidget, widgetsOf } from "../modules.js";

test("widgets are named in a list or with terms", () => {
  assert.deepEqual(widgetsOf(undefined), []);
  assert.deepEqual(widgetsOf(["BucketSinging"]), [["BucketSinging", {}]]);
  assert.deepEqual(widgetsOf({ BucketSinging: { a: 1 } }), [["BucketSinging", { a: 1 }]]);
});

test("a name that is an address is refused", async () => {
  for (const name of ["../lib", "a/b", "http://x", "", "a?b", "a%2fb"]) await assert.rejects(importWidget(name), /can't be named/);
});
