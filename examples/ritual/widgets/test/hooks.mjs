// Gives widgets the lib.js of the tests: node --import ./test/hooks.mjs

import { register } from "node:module";

const lib = new URL("lib.mjs", import.meta.url).href;

const hook = `export const resolve = (name, context, next) => next(name === "/lib.js" ? ${JSON.stringify(lib)} : name, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
