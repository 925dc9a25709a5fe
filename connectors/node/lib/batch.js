// What goes out: batches of updates as JSON, checked as far as Roots would not
// tell the caller what is wrong with them.
import { inspect } from "node:util";
import { CorneliusError } from "./error.js";

const maxPath = 255;
const maxBody = 1 << 20;
const loneSurrogate = /\p{Surrogate}/u;

/** Returns the body of a batch, which is empty if there are no updates. */
export function encode(updates) {
  const items = Array.from(updates, (update, index) => item(update, index));
  if (items.length === 0) return Buffer.alloc(0);
  const body = Buffer.from(`[${items.join(",")}]`);
  if (body.length > maxBody) {
    throw new CorneliusError(`the batch is ${body.length} bytes of JSON, at most ${maxBody} are allowed`, { status: 413 });
  }
  return body;
}

function item(update, index) {
  const [path, message] = Array.isArray(update) ? update : [update?.path, update?.message];
  if (path === undefined || (Array.isArray(update) && update.length !== 2)) {
    throw invalid(`an update is a pair [path, message] or an object {path, message}, not ${show(update)}`, index);
  }
  if (["undefined", "function", "symbol"].includes(typeof message)) {
    throw invalid(`a message is text, or what JSON knows, not ${show(message)}`, index);
  }
  try {
    return JSON.stringify({ path, message }, wellFormed);
  } catch (cause) {
    throw invalid(`a message is text, or what JSON knows: ${cause.message}`, index, cause);
  }
}

// wellFormed refuses what would arrive as another text.
function wellFormed(_, value) {
  if (typeof value === "string" && loneSurrogate.test(value)) throw new TypeError("it has half of a surrogate pair");
  return value;
}

/** Returns the updates that say who hears what. */
export function connections(verb, id, pathOrPaths) {
  const paths = typeof pathOrPaths === "string" ? [pathOrPaths] : pathOrPaths;
  return Array.from(paths, (path, index) => [verb, connection(id, path, index)]);
}

// A connection is checked as Roots will check it: there a bad one is only
// logged, where the caller does not see it.
function connection(id, path, index) {
  if (typeof id !== "string" || id === "" || id.includes("->") || loneSurrogate.test(id)) {
    throw invalid(`${show(id)} is no id, such as a browser sends`, index);
  }
  if (typeof path !== "string" || !isPath(path) || path.startsWith("::")) {
    throw invalid(`${show(path)} can't be connected to: a path is printable text of 1 to ${maxPath} bytes without "::" in front`, index);
  }
  return `${id}->${path}`;
}

function isPath(text) {
  return /^[^\p{Cc}\p{Surrogate}]+$/u.test(text) && Buffer.byteLength(text) <= maxPath;
}

function invalid(text, index, cause) {
  return new CorneliusError(text, { status: 400, index, cause });
}

function show(value) {
  return inspect(value, { depth: 1, maxStringLength: 80, breakLength: Infinity }).slice(0, 200);
}
