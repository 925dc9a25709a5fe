// What TypeScript must accept of pomona.d.ts, and what it must refuse.
import { Pig, Pomona, type PomonaOptions, type Transport } from "../pomona.js";

const options: PomonaOptions = {
  url: new URL("https://example.org/comet/"),
  connectUrl: async (id: string, paths: string[]) => fetch(`/connect/${id}`, { method: "POST", body: JSON.stringify(paths) }),
  disconnectUrl: "/disconnect/{id}",
  matchUrl: "/match/{id}",
  unmatchUrl: "/unmatch/{id}",
  headers: async () => ({ "X-CSRFToken": "text" }),
  credentials: "include",
  share: false,
  signal: AbortSignal.timeout(1000),
  transports: ["sse", "poll"],
};
const pomona = new Pomona(options);
const off: () => void = pomona.connect("a/*", (message, path) => message.concat(path), async () => fetch("/a"), { signal: options.signal });
off();
const taken: Promise<void> = pomona.update("a", "text");
const transport: Transport | undefined = pomona.transport;
pomona.addEventListener("ready", ({ path }) => path.length);
pomona.addEventListener("error", ({ paths, status }) => paths.length + status);
pomona.addEventListener("lost", (event) => event.type);
pomona.close();

const pig = new Pig();
pig.on("a/**", (sender: unknown, path: string, message: string) => [sender, path, message])();
pig.update(undefined, "a/b", "text");

// @ts-expect-error there is no such transport
new Pomona({ transports: ["carrier pigeon"] });
// @ts-expect-error there is no such option
new Pomona({ connectURL: "/connect/{id}" });
// @ts-expect-error a message is text
pomona.update("a", { n: 1 });
// @ts-expect-error the transport can't be set
pomona.transport = "poll";
// @ts-expect-error only an error names paths
pomona.addEventListener("lost", ({ paths }) => paths);
// @ts-expect-error a handler is needed
pomona.connect("a");

export { taken, transport };
