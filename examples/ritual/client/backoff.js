// How long to wait after an attempt that failed. Each wait is twice the one
// before, up to half a minute, and a part of it is left to chance, so that a
// thousand pages whose server was away don't all come back in one moment.

const first = 250; // milliseconds
const longest = 30_000;

export function backoff(attempt, random = Math.random) {
  return Math.min(longest, first * 2 ** attempt) * (0.5 + random() / 2);
}
