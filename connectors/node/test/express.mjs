// Runs the code of the README with Express; its block app.js stands below, where
// its name does. It prints how each request was answered; where Dudley is says
// the environment.
import { once } from "node:events";
import express from "express";
import { Cornelius } from "@rootspush/cornelius";
import { rootsRouter } from "./roots.js";

console.error = () => {}; // two of the requests are to fail
const app = express();
const roots = new Cornelius(process.env.DUDLEY);
app.use((req, _, next) => ((req.session = { userId: 7 }), next()));
// app.js
const gone = new Cornelius("unix:/no/such/socket");
app.use("/gone", rootsRouter(gone, (_, path) => path === "orders/7"));
const server = app.listen(0, "127.0.0.1");
await once(server, "listening");

async function post(path, body, site = "same-origin") {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}${path}`, { method: "POST", body, headers: { "Sec-Fetch-Site": site } });
  console.log(path, site, answer.status);
}
const mine = JSON.stringify(["orders/7", "orders/8", "::register"]);
await post("/roots/connect/an-id", mine);
await post("/roots/disconnect/an-id", mine);
await post("/roots/connect/an-id", mine, "cross-site");
await post("/roots/connect/an-id", mine, "none");
await post("/roots/connect/an-id", "{}");
await post("/roots/connect/a->b", mine);
await post("/gone/connect/an-id", mine);
await post("/roots/connect/an-id", "no JSON");
roots.close();
server.closeAllConnections();
server.close();
