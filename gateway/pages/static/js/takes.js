// Takes of one shot play together: one button, one scrubber, and the sound of the one that is heard.
const STEPS = 1000;
const APART_SECONDS = 0.15;

class TakePlayer extends HTMLElement {
  connectedCallback() {
    this.bar = this.querySelector("[data-bar]");
    if (!this.bar) return;
    this.takes = [...this.querySelectorAll("[data-take]")].filter((take) => take.querySelector("video"));
    const part = (name) => this.bar.querySelector(`[data-${name}]`);
    [this.button, this.scrub, this.time] = ["play", "scrub", "time"].map(part);
    this.bar.hidden = false;
    for (const take of this.takes) {
      const video = take.querySelector("video"), hear = take.querySelector("[data-hear]");
      video.controls = false;
      for (const name of ["timeupdate", "loadedmetadata", "seeked"]) video.addEventListener(name, () => this.show());
      video.addEventListener("ended", () => { if (this.videos.every(({ ended, paused }) => ended || paused)) this.stop(); });
      video.addEventListener("click", () => this.listen(take));
      hear.addEventListener("click", () => this.listen(take));
      take.addEventListener("focusin", () => this.listen(take));
    }
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.play()));
    this.scrub.addEventListener("input", () => this.seek(this.scrub.value / STEPS * this.length));
    this.listen(this.takes[0]);
    this.show();
  }

  // Those on screen: a phone shows two.
  get videos() {
    return this.takes.map((take) => take.querySelector("video")).filter((video) => video.checkVisibility());
  }

  get length() {
    return Math.max(0.1, ...this.videos.map(({ duration }) => duration || 0));
  }

  get at() {
    return Math.max(...this.videos.map(({ currentTime }) => currentTime));
  }

  listen(heard) {
    for (const take of this.takes) {
      take.querySelector("video").muted = take !== heard;
      take.toggleAttribute("data-heard", take === heard);
      take.querySelector("[data-hear]").setAttribute("aria-pressed", String(take === heard));
    }
  }

  async play() {
    if (this.at >= this.length - APART_SECONDS) this.seek(0);
    this.tell(true);
    await Promise.allSettled(this.videos.map((video) => (video.ended ? null : video.play())));
  }

  stop() {
    for (const video of this.videos) video.pause();
    this.tell(false);
    this.seek(this.at);
  }

  seek(seconds) {
    for (const video of this.videos) video.currentTime = Math.min(seconds, video.duration || 0);
    this.show();
  }

  tell(playing) {
    this.playing = playing;
    this.button.querySelector("span").textContent = playing ? "Pause all" : "Play all";
    this.button.setAttribute("aria-pressed", String(playing));
  }

  // Players drift apart by themselves: whoever is late or early follows the one that is heard.
  show() {
    const seconds = this.at;
    this.scrub.value = Math.round(seconds / this.length * STEPS);
    this.scrub.setAttribute("aria-valuetext", `${seconds.toFixed(1)} of ${this.length.toFixed(1)} seconds`);
    this.time.textContent = `${seconds.toFixed(1)} of ${this.length.toFixed(1)} s`;
    const lead = this.querySelector("[data-heard] video");
    if (!this.playing || !lead || lead.ended) return;
    for (const video of this.videos) {
      if (video !== lead && !video.ended && Math.abs(video.currentTime - lead.currentTime) > APART_SECONDS) {
        video.currentTime = Math.min(lead.currentTime, video.duration || 0);
      }
    }
  }
}

customElements.define("take-player", TakePlayer);
