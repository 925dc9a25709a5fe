// Compiled, never run: what the types allow, and what they don't.
import { Cornelius, CorneliusError, type Update } from "@rootspush/cornelius";

const roots = new Cornelius("http://localhost:8004/", { token: "secret", timeout: 1000 });
const batch: Update[] = [["p", "m"], { path: "p", message: { n: 1 } }];
const done: Promise<void>[] = [
  new Cornelius().update("p", 7),
  roots.updates(batch),
  roots.updates(new Map([["p", "m"]])),
  roots.connect("id", "p"),
  roots.disconnect("id", new Set(["p"])),
];
roots.close();

export async function status(): Promise<number | undefined> {
  try {
    await done[0];
  } catch (error) {
    if (error instanceof CorneliusError) return error.index ?? error.status;
  }
  return undefined;
}

// @ts-expect-error: a path is text
roots.update(7, "m");
// @ts-expect-error: there is no such option
new Cornelius("", { port: 1 });
// @ts-expect-error: an update has a message
roots.updates([["p"]]);
