// The harness of the connector for Node.
import { createInterface } from "node:readline";
import { Cornelius, CorneliusError } from "../../node/cornelius.js";

let roots;
for await (const line of createInterface({ input: process.stdin })) {
  const { call, args, url, token, timeout } = JSON.parse(line);
  let answer = {};
  try {
    if (call === "new") roots = new Cornelius(url, { token, timeout: timeout * 1000 });
    else await roots[call](...args);
  } catch (error) {
    if (!(error instanceof CorneliusError)) throw error;
    answer = { error: error.message, status: error.status, index: error.index, cause: error.cause?.name === "TimeoutError" ? "timeout" : "other" };
  }
  console.log(JSON.stringify(answer));
}
