// What a camera sees, and a button to take a photo of it.

import { flag } from "./browser.js";
import { element } from "./element.js";
import { shrunk } from "./photo.js";
import { settings } from "./settings.js";

/** Whether this page may ask for a camera at all; browsers allow it under HTTPS only. */
export const mayUseCamera = () => Boolean(navigator.mediaDevices?.getUserMedia) && !flag("notwilio");

/**
 * Opens the camera, and gives {element, close}. Photos go to take, as JPEGs whose
 * longer side has at most size pixels. It throws if the person or the browser
 * refuses. close puts the camera out.
 */
export async function cameraView({ size, take }) {
  const video = element("video", { autoplay: true, playsinline: true, "aria-label": "What your camera sees" });
  video.muted = true;
  video.srcObject = await openCamera(settings.get("camera"));
  const close = () => video.srcObject.getTracks().forEach((track) => track.stop());
  const change = async (id) => {
    close();
    video.srcObject = await openCamera(id);
    settings.set("camera", id);
  };
  const shoot = async () => {
    const { videoWidth: width, videoHeight: height } = video;
    if (width) take(await shrunk(video, { width, height }, size));
  };
  const row = element("div", { class: "row" }, element("button", { type: "button", onclick: shoot }, "Take the photo"));
  row.append(...(await chooser(video.srcObject, change)));
  return { element: element("div", { class: "camera" }, video, row), close };
}

function openCamera(id) {
  return navigator.mediaDevices.getUserMedia({ video: { deviceId: id, width: { ideal: 640 }, height: { ideal: 480 } } });
}

/** Lets the person choose among several cameras. */
async function chooser(stream, change) {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  if (cameras.length < 2) return [];
  const current = stream.getVideoTracks()[0].getSettings().deviceId;
  const options = cameras.map(({ deviceId, label }, i) =>
    element("option", { value: deviceId, selected: deviceId === current }, label || `Camera ${i + 1}`));
  return [element("select", { "aria-label": "Camera", onchange: (event) => change(event.target.value) }, ...options)];
}
