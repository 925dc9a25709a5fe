// Requests that are repeated until an answer comes. A server that says that the
// request is wrong is believed; anything else may pass.

import { backoff } from "./backoff.js";

/** What the server refused, with its own words as the message. */
export class Refusal extends Error {
  constructor(status, text) {
    super(text.trim().slice(0, 300));
    this.status = status;
  }
}

/** Whether the server can't be reached; it sends "change" when that does. */
export const trouble = Object.assign(new EventTarget(), { is: false });

const small = "/ritual.css"; // something that the server has, and answers at once

const pauses = new Set(); // what ends each pause
let network = new AbortController(); // of the network that all requests are sent over

/** Ends all pauses: the network may be back. */
export function retryNow() {
  for (const end of pauses) end();
}

/** Asks everything anew: the network is another one, and what went over the old one hangs. */
export function networkChanged() {
  network.abort();
  network = new AbortController();
  retryNow();
}

function pause(milliseconds) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      pauses.delete(end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    pauses.add(end);
  });
}

function setTrouble(is) {
  if (is === trouble.is) return;
  trouble.is = is;
  trouble.dispatchEvent(new Event("change"));
}

const mayPass = (status) => status >= 500 || status === 408 || status === 429;

/** Asks once. It throws a Refusal when asking again is of no use, and another error when it may be. */
export async function attempt(url, { read = () => {}, patience = 40_000, ...options } = {}) {
  const signal = AbortSignal.any([AbortSignal.timeout(patience), network.signal]);
  const answer = await fetch(url, { cache: "no-store", ...options, signal });
  if (answer.ok) return read(answer);
  const text = await answer.text();
  throw mayPass(answer.status) ? new Error(text) : new Refusal(answer.status, text);
}

/**
 * Asks until an answer comes, which is what read makes of the response. A second
 * failure is trouble to tell people of. It throws nothing but a Refusal.
 */
export async function request(url, options) {
  for (let failures = 0; ; failures++) {
    try {
      if (failures > 1) await reach();
      return await attempt(url, options);
    } catch (error) {
      if (error instanceof Refusal) throw error;
    }
    if (failures > 0) setTrouble(true);
    await pause(backoff(failures));
  }
}

/** Ends the trouble if the server can be reached; a request that waits for news would be long in telling. */
async function reach() {
  await attempt(small, { patience: 10_000 }).catch((error) => {
    if (!(error instanceof Refusal)) throw error;
  });
  setTrouble(false);
}

export const asJSON = (answer) => answer.json();
