import assert from "node:assert/strict";
import { mock, test } from "node:test";

import { begin, seen } from "./lib.mjs";
import { CircleFlames } from "../CircleFlames.js";
import { CrossWords } from "../CrossWords.js";
import { Histogram } from "../Histogram.js";
import { PhotoCollage } from "../PhotoCollage.js";
import { Trivia } from "../Trivia.js";

const histogram = { boxColors: { input: "#111111", result: "#222222", turn: "#333333" }, imgs: [], xaxes: [] };

test("a form posts its field, and is empty when that was taken", async () => {
  for (const [Widget, box, tag, field] of [
    [Histogram, "input", "input", "x"],
    [CrossWords, "input", "input", "name"],
    [Trivia, "controls", "textarea", "txt"],
  ]) {
    begin();
    new Widget({ boxColors: { [box]: "#111111" } });
    const form = seen.anchored.get("#111111");
    const [input] = form.all(tag);
    input.value = "7";
    seen.taken = false;
    await form.fire("submit");
    assert.equal(input.value, "7");
    seen.taken = true;
    await form.fire("submit");
    assert.equal(input.value, "");
    assert.deepEqual(seen.posts, [{ [field]: "7" }, { [field]: "7" }]);
    assert.equal(input.readOnly, false);
  }
});

test("while a form posts, it can't be sent again", async () => {
  begin();
  new Histogram(histogram);
  const form = seen.anchored.get("#111111");
  const [button] = form.all("button");
  const posting = form.fire("submit");
  assert.equal(button.disabled, true);
  await posting;
  assert.equal(button.disabled, false);
});

test("who observes has nothing to post with", () => {
  begin("observe");
  for (const Widget of [Histogram, CrossWords, Trivia]) new Widget({ boxColors: { input: "#111111", controls: "#222222" } });
  new PhotoCollage({ boxcolor: "#333333" });
  for (const colour of ["#111111", "#222222", "#333333"]) {
    assert.deepEqual(["form", "input", "textarea", "button"].flatMap((tag) => seen.anchored.get(colour).all(tag)), []);
  }
  assert.equal(seen.pickers.length, 0);
});

test("PhotoCollage: x goes down, y to the right, in percent", () => {
  begin();
  const widget = new PhotoCollage({ boxcolor: "#111111" });
  widget.from_server({ gridsize: 16, imgs: [{ imgid: 3, x: 4, y: 8, size: 2, r: 1, g: 2.5, b: 3, sm: 0.95, theta: -2 }] });
  const [{ style }] = seen.anchored.get("#111111").all("figure");
  assert.deepEqual({ ...style }, { "--top": "25", "--left": "50", "--size": "12.5", "--mean": "rgb(1, 2.5, 3)", "--sm": "0.95", "--theta": "-2" });
});

test("PhotoCollage: a photo is posted, and the window closes when it was taken", async () => {
  begin();
  const widget = new PhotoCollage({ boxcolor: "#111111" });
  const [picker] = seen.pickers;
  const [button, dialog] = ["button", "dialog"].map((tag) => seen.anchored.get("#111111").all(tag)[0]);
  await button.fire("click");
  seen.taken = false;
  await picker.take("photo");
  assert.deepEqual([dialog.open, picker.closed, seen.notices], [true, 0, []]);
  seen.taken = true;
  await picker.take("photo");
  assert.deepEqual(seen.posts, [{ img: "photo" }, { img: "photo" }]);
  assert.deepEqual([dialog.open, picker.closed, seen.notices.length], [false, 1, 1]);
  await button.fire("click");
  widget.destroy();
  assert.deepEqual([dialog.open, picker.closed], [false, 2]);
});

test("Histogram: says how many photos it has, and how high they are", () => {
  begin();
  const widget = new Histogram(histogram);
  widget.from_server(histogram);
  assert.equal(widget.page, 0);
  const imgs = [{ imgId: 1, x: 0, y: 0, w: 7, h: 5 }, { imgId: 1, x: 0, y: 5, w: 7, h: 9 }];
  widget.from_server({ ...histogram, imgs });
  assert.equal(widget.page, 2);
  assert.equal(seen.anchored.get("#222222").all("div")[0].style["--highest"], "14");
});

test("Histogram: whose turn it is", () => {
  begin();
  const widget = new Histogram(histogram);
  for (const [participants, text] of [
    [undefined, ""],
    [[], ""],
    [[{ name: "Ann" }, { name: "Bob" }], "It is your turn, Ann"],
    [[{ name: "<i>Bob</i>" }], "It is the turn of <i>Bob</i>"],
  ]) {
    widget.from_server({ ...histogram, participants });
    assert.equal(seen.anchored.get("#333333").textContent, text);
  }
});

test("CrossWords: a letter may change its colour, and blanks are nothing", () => {
  begin();
  const widget = new CrossWords({ boxColors: { content: "#111111" } });
  const blank = { t: " ", c: "#000000" };
  widget.from_server({ data: [[blank, { t: "<", c: "#aaaaaa" }]] });
  widget.from_server({ data: [[blank, { t: "<", c: "#bbbbbb" }]] });
  const letters = seen.anchored.get("#111111").all("span");
  assert.deepEqual(letters.map(({ textContent, style }) => [textContent, style.color, style["--column"]]), [["<", "#bbbbbb", "1"]]);
});

test("Trivia: texts are text, and stay between the edges", () => {
  begin();
  const widget = new Trivia({ boxColors: { results: "#111111" } });
  widget.from_server({ data: [{ t: "<b>a</b>", w: "2.0em", x: 0.5, y: 0.8, color: "#800000" }] });
  const [note] = seen.anchored.get("#111111").all("p");
  assert.deepEqual(note.children, ["<b>a</b>"]);
  assert.deepEqual([note.style["--x"], note.style["--y"]], ["0.5", "1"]);
});

const fire = { victims: Array.from({ length: 500 }, (_, i) => `text ${i}`), flames: Array.from({ length: 500 }, (_, i) => i + 1) };

test("CircleFlames: shows as many as can be seen", () => {
  begin();
  const widget = new CircleFlames(fire);
  assert.deepEqual([document.body.all("img").length, document.body.all("b").length], [48, 150]);
  widget.destroy();
  assert.equal(document.body.children.length, 0);
});

test("CircleFlames: posts once when all has burnt, the leader first, and nothing after its page", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  for (const [role, earliest, latest] of [["lead", 9000, 9000], ["partake", 10_000, 11_000]]) {
    begin(role);
    new CircleFlames({ victims: [], flames: [] });
    mock.timers.tick(earliest - 1);
    assert.deepEqual(seen.posts, []);
    mock.timers.tick(latest - earliest + 1);
    assert.deepEqual(seen.posts, [{}]);
    mock.timers.tick(60_000);
    assert.deepEqual(seen.posts, [{}]);

    begin(role);
    new CircleFlames(fire).destroy();
    mock.timers.tick(60_000);
    assert.deepEqual(seen.posts, []);
  }
  begin("observe");
  new CircleFlames(fire);
  mock.timers.tick(60_000);
  assert.deepEqual(seen.posts, []);
  mock.timers.reset();
});
