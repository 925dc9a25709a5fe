// Begins everything, in the page of a ritual.

import { startChat } from "./chat.js";
import { startControls } from "./controls.js";
import { byId } from "./element.js";
import { startName } from "./name.js";
import { watchTrouble } from "./notice.js";
import { page } from "./page.js";
import { poll } from "./poll.js";
import { startSound } from "./sound.js";

const root = document.documentElement.style;
root.setProperty("--ratio", page.Ratio);
root.setProperty("--reserve", page.Participants === "none" ? "0px" : page.Reserve);
if (!page.BkgAll) byId("slide").prepend(byId("backdrop"));

watchTrouble();
startControls();
startSound();
startChat();
startName();
poll();
