// The chat. Messages come one at a time from a request that waits for them.

import { byId, element } from "./element.js";
import { asJSON, attempt, Refusal, request } from "./net.js";
import { notice } from "./notice.js";
import { isObserver, page } from "./page.js";
import { settings } from "./settings.js";

const most = 200; // messages that are kept on the page
const panel = byId("chat");
const messages = byId("messages");
const button = byId("chat-button");
let unread = 0;

/** Begins to show messages and lets the person send some. */
export function startChat() {
  button.addEventListener("click", toggle);
  byId("say").addEventListener("submit", say);
  if (isObserver) byId("say").remove();
  open(settings.get("chat") ?? matchMedia("(min-width: 60rem)").matches);
  receive();
}

/** Gives the chat the class that a page asks for. */
export function styleChat(name) {
  panel.className = name ?? "";
}

function toggle() {
  settings.set("chat", panel.hidden);
  open(panel.hidden);
}

function open(is) {
  panel.hidden = !is;
  button.setAttribute("aria-expanded", is);
  if (is) countUnread(0);
}

function countUnread(count) {
  unread = count;
  button.textContent = count ? `Chat (${count})` : "Chat";
}

async function receive() {
  const address = `chat/receive?${new URLSearchParams({ clientId: page.Client })}`;
  try {
    for (;;) {
      const { message } = await request(address, { read: asJSON });
      if (message) show(message);
    }
  } catch (refusal) {
    console.warn("no more chat:", refusal.message); // the status tells why
  }
}

function show({ sender, text }) {
  const atEnd = messages.scrollTop + messages.clientHeight > messages.scrollHeight - 40;
  messages.append(element("li", {}, element("b", {}, sender), " ", element("span", {}, text)));
  if (messages.children.length > most) messages.firstChild.remove();
  if (atEnd) messages.scrollTop = messages.scrollHeight;
  if (panel.hidden) countUnread(unread + 1);
}

/** Sends a message. One that did not arrive stays where it was typed. */
async function say(event) {
  event.preventDefault();
  const field = event.target.elements.text;
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  try {
    await attempt("chat/send", { method: "POST", body: new URLSearchParams({ clientId: page.Client, text }) });
  } catch (error) {
    field.value = text;
    notice(error instanceof Refusal ? error.message : "Your message was not sent. Try again.");
  }
}
