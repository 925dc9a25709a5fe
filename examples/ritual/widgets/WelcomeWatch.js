// How many are still on the welcome page.

import { anchor, css, element } from "/lib.js";

css(`.welcomewatch { display: grid; place-items: center; text-align: center; color: #fff; font: 2.6cqw/1.3 Georgia, serif }`);

export class WelcomeWatch {
  constructor({ boxColor }) {
    this.box = element("div", { class: "welcomewatch", role: "status" });
    this.remove = anchor(this.box, boxColor);
  }

  from_server({ n }) {
    this.box.textContent = sentence(n);
  }

  destroy() {
    this.remove();
  }
}

function sentence(n) {
  if (n === 0) return "Everybody is in.";
  return n === 1 ? "One person is still at the door." : `${n} people are still at the door.`;
}
