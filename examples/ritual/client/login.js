// The photo of the login form: where it comes from, and the part of it that is
// shown. Without this module the form works too, with the middle of the photo.

import { cameraView, mayUseCamera } from "./camera.js";
import { Crop } from "./crop.js";
import { byId, element } from "./element.js";
import { upright } from "./photo.js";

const longest = 1000; // pixels of a photo that is sent
const form = byId("login");
const { photosource, photofile, photourl, selfie, email, name, zoom, x, y } = form.elements;
const canvas = byId("circle");
const slider = byId("zoom-slider");
let photo; // an image
let crop;
let camera; // a promise of its view

// ---- The source

function choose() {
  const source = photosource.value;
  for (const part of form.querySelectorAll("[data-source]")) part.hidden = part.dataset.source !== source;
  closeCamera();
  showPhoto();
  if (source === "file") openFile();
  if (source === "url") openAddress();
  if (source === "selfie") openCamera();
}

async function openFile() {
  const [file] = photofile.files;
  if (!file) return;
  const small = await upright(file, longest).catch(() => null);
  if (!small) return say("This file is no picture that the browser can show.");
  const list = new DataTransfer();
  list.items.add(new File([small], "photo.jpg", { type: "image/jpeg" }));
  photofile.files = list.files;
  showAddress(URL.createObjectURL(small));
}

function openAddress() {
  if (photourl.value) showAddress(photourl.value);
}

async function openCamera() {
  const opened = (camera = cameraView({ size: 640, take: takeSelfie }));
  const view = await opened.catch(() => null);
  if (camera !== opened) return; // another way was chosen meanwhile
  if (view) byId("camera").replaceChildren(view.element);
  else say("The camera is not available. Allow it in your browser, or choose another way.");
}

function closeCamera() {
  camera?.then(({ close }) => close(), () => {});
  camera = undefined;
  byId("camera").replaceChildren();
}

function takeSelfie(blob) {
  closeCamera();
  byId("camera").replaceChildren(element("button", { type: "button", class: "quiet", onclick: choose }, "Take another one"));
  const reader = new FileReader();
  reader.onload = () => {
    selfie.value = reader.result;
    showAddress(reader.result);
  };
  reader.readAsDataURL(blob);
}

// ---- The part of it

function say(text) {
  byId("photo-message").textContent = text;
}

function showAddress(address) {
  const image = element("img", { src: address });
  image.decode().then(() => showPhoto(image), () => say("There is no picture at this address that the browser can show."));
}

function showPhoto(image) {
  say("");
  photo = image;
  crop = image && new Crop(image.naturalWidth, image.naturalHeight);
  byId("crop").hidden = !image;
  if (!image) return write("", "", "");
  Object.assign(slider, { min: crop.least, max: crop.most, value: crop.zoom });
  draw();
}

function write(...values) {
  [zoom.value, x.value, y.value] = values;
}

function draw() {
  write(crop.zoom, crop.x, crop.y);
  slider.value = crop.zoom;
  const { x: left, y: top, side } = crop.source;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.drawImage(photo, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

const keys = { ArrowLeft: [-2, 0], ArrowRight: [2, 0], ArrowUp: [0, -2], ArrowDown: [0, 2] };

canvas.addEventListener("keydown", (event) => {
  if (!keys[event.key]) return;
  event.preventDefault();
  crop.move(...keys[event.key]);
  draw();
});
canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
canvas.addEventListener("pointermove", (event) => {
  if (!canvas.hasPointerCapture(event.pointerId)) return;
  const pixels = canvas.clientWidth / 100; // of the screen, for one of the circle
  crop.move(event.movementX / pixels, event.movementY / pixels);
  draw();
});
slider.addEventListener("input", () => {
  crop.zoomTo(Number(slider.value));
  draw();
});

// ---- Who is known already may keep their photo

async function lookUp() {
  const answer = await fetch(`/userinfo?${new URLSearchParams({ email: email.value })}`).catch(() => null);
  const user = answer?.ok ? await answer.json() : { found: false };
  byId("keep").hidden = !user.found;
  if (!user.found) {
    if (photosource.value === "keep") form.querySelector("[value=file]").click();
    return;
  }
  name.value ||= user.name;
  byId("kept").src = `/avatar/${encodeURIComponent(user.hash)}.png`;
  form.querySelector("[value=keep]").click();
}

email.addEventListener("change", lookUp);
photofile.addEventListener("change", openFile);
photourl.addEventListener("change", openAddress);
form.addEventListener("change", (event) => event.target.name === "photosource" && choose());
if (!mayUseCamera()) byId("by-selfie").remove();
form.classList.add("alive");
choose();
if (email.value) lookUp();
