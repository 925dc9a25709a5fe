// The page is a member of the room: the paths that it hears are the messages of
// the protocol, and so are those that it sends.

import { Pomona } from "/comet/pomona.js";

const byId = (id) => document.getElementById(id);
const show = (id, text) => (byId(id).textContent = text);
const two = (number) => String(number).padStart(2, "0");

// basic is a login in the form that HTTP has for it; btoa knows bytes only.
function basic(user, password) {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return "Basic " + btoa(String.fromCharCode(...bytes));
}

let pomona;

function enter(user, password) {
  pomona?.close();
  pomona = new Pomona({ connectUrl: "/enter/{id}", headers: { Authorization: basic(user, password) } });
  pomona.addEventListener("error", ({ status }) => show("problem", `You can't enter (${status}).`));
  pomona.addEventListener("ready", () => {
    show("problem", "");
    byId("login").hidden = true;
    byId("ask").hidden = false;
  });
  pomona.connect("ItIs", (text) => {
    if (!text) return; // the path is connected
    const { hours, minutes } = JSON.parse(text);
    show("answer", `It is ${two(hours)}:${two(minutes)}.`);
  });
}

byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  enter(form.get("user"), form.get("password"));
});

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  pomona.update("WhatTimeIsIt", "{}").catch((error) => show("problem", error.message));
});
