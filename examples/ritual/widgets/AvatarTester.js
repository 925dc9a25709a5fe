// All pictures that there are of people, large enough to see whether they work.

import { anchor, clientPicture, css, element, status } from "/lib.js";

css(`
  .avatartester { display: flex; flex-wrap: wrap; place-content: safe center; gap: 1em; overflow: auto; color: #fff; font: 1cqw/1.3 Georgia, serif }
  .avatartester figure { margin: 0; width: 5.5em; text-align: center }
  .avatartester img { width: 5em; height: 5em; border-radius: 50%; object-fit: cover; background: #fff3 }
  .avatartester figcaption { overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
  .avatartester .missing img { visibility: hidden }
  .avatartester .missing figcaption::after { content: " (no picture)" }
`);

export class AvatarTester {
  constructor({ boxColor }) {
    this.box = element("div", { class: "avatartester" });
    this.remove = anchor(this.box, boxColor);
  }

  from_server() {
    const all = people(status()).map(figure);
    this.box.style.fontSize = `${largest(all.length)}cqw`;
    this.box.replaceChildren(...all);
  }

  destroy() {
    this.remove();
  }
}

/** Those who are here as a status names them: by their logins, or by their browsers. */
function people({ participants = [], clients = [] }) {
  return [
    ...participants,
    ...clients.map(({ id, name, hj }) => ({ name, img: hj ? clientPicture(id) : "" })),
  ];
}

/** Many are small, but never too small to be seen: then they are scrolled. */
function largest(count) {
  return Math.min(1.6, Math.max(0.5, 6 / Math.sqrt(count)));
}

function figure({ name, img }) {
  const picture = element("img", { src: img, alt: "" });
  const made = element("figure", {}, picture, element("figcaption", { title: name }, name));
  picture.addEventListener("error", () => made.classList.add("missing"));
  return made;
}
