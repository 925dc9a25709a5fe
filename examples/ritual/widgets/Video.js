// A video that everybody watches together.

import { anchor, playSince, preloadedVideo } from "/lib.js";

export class Video {
  constructor({ videoUrl, boxColor }) {
    this.video = preloadedVideo(videoUrl);
    this.remove = anchor(this.video, boxColor);
  }

  /** Begins where the others are. The video keeps in step by itself, so the first status is enough. */
  from_server({ startedAgo }) {
    this.stop ??= playSince(this.video, startedAgo);
  }

  destroy() {
    this.stop?.();
    this.remove();
  }
}
