// The live page: what the server does, as it does it, and forms to take part.
// Its parts know only the hub, a Pig of Pomona: what the server says comes as
// updates of "live/…", what the user picks as updates of "pick/…".
import { Pig } from "./pomona.js";
import { ask } from "./ask.js";
import { watch } from "./live.js";
import { showNumbers } from "./numbers.js";
import { showPicture } from "./picture.js";
import { showUpdates } from "./updates.js";
import { showSessions } from "./sessions.js";
import { sendForm } from "./send.js";
import { askForm } from "./explain.js";

const hub = new Pig();
showNumbers(hub);
showPicture(hub);
showUpdates(hub);
showSessions(hub);
askForm(hub);
watch(hub);
await ask("/graph?limit=1"); // from here on the token is right, if there is one
sendForm(hub);
