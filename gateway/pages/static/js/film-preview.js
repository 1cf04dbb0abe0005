// Plays the takes of a cut one after the other: while one video plays, the other loads the next.
class FilmPreview extends HTMLElement {
  connectedCallback() {
    [this.front, this.back] = this.querySelectorAll("video");
    this.button = this.querySelector("button");
    this.button.addEventListener("click", () => (this.playing ? this.stop() : this.start()));
  }

  disconnectedCallback() {
    this.stop();
  }

  start() {
    this.clips = [...document.querySelectorAll("[data-url]")].map(({ dataset }) => dataset);
    this.place = 0;
    this.playing = true;
    this.name("Stop");
    this.load(this.front, 0);
    this.show();
  }

  load(video, place) {
    const clip = this.clips[place];
    if (!clip) return;
    video.muted = true;
    video.src = `${clip.url}#t=${clip.begins}`;
    video.load();
  }

  async show() {
    this.front.toggleAttribute("data-front", true);
    this.back.toggleAttribute("data-front", false);
    this.front.muted = false;
    this.load(this.back, this.place + 1);
    try {
      await this.front.play();
    } catch {
      if (this.playing) this.stop();
      return;
    }
    this.watch();
  }

  watch() {
    if (!this.playing) return;
    const { begins, ends } = this.clips[this.place];
    if (this.front.currentTime < begins - 0.1) this.front.currentTime = begins;
    if (this.front.ended || this.front.currentTime >= ends) return this.next();
    requestAnimationFrame(() => this.watch());
  }

  next() {
    this.front.pause();
    this.place += 1;
    if (this.place >= this.clips.length) return this.stop();
    [this.front, this.back] = [this.back, this.front];
    this.show();
  }

  stop() {
    this.playing = false;
    this.front.pause();
    this.name("Preview the cut");
  }

  name(words) {
    this.button.querySelector("span").textContent = words;
    const [play, pause] = this.button.querySelectorAll(".icon");
    play.toggleAttribute("hidden", this.playing);
    pause.toggleAttribute("hidden", !this.playing);
  }
}

customElements.define("film-preview", FilmPreview);
