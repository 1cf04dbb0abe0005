// A mask is painted on a canvas of its own, over the picture and as large as it: white is edited. The
// strokes are kept in pixels of the page, as signature_pad counts, so the context is scaled.
import SignaturePad from "../vendor/signature_pad.min.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const WHITE = "#fff";

class MaskPainter extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.size = this.querySelector("#brush-size");
    this.file = this.querySelector("#mask-file");
    this.frame = this.querySelector(".painted");
    this.canvas = Object.assign(document.createElement("canvas"), { tabIndex: 0 });
    for (const [name, value] of Object.entries({ role: "img", "aria-label": "Your mask", "aria-describedby": "brush-keys" })) this.canvas.setAttribute(name, value);
    this.spot = Object.assign(document.createElement("span"), { className: "spot", hidden: true });
    this.frame.append(this.canvas, this.spot);
    const picture = this.frame.querySelector("img"), part = Math.min(1, this.dataset.longest / Math.max(picture.getAttribute("width"), picture.getAttribute("height")));
    this.full = [picture.getAttribute("width") * part, picture.getAttribute("height") * part].map(Math.round);
    this.pad = new SignaturePad(this.canvas, { penColor: WHITE, minDistance: 2, throttle: 0 });
    this.querySelector(".file").open = false;
    this.form.addEventListener("input", () => this.choose());
    this.form.addEventListener("click", ({ target }) => this[target.closest("[data-act]")?.dataset.act]?.());
    // capture: before forms.js and htmx, which then send the form with the file in it
    document.addEventListener("submit", (event) => this.submit(event), true);
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.canvas.addEventListener("blur", () => { this.spot.hidden = true; this.line = null; });
    this.choose();
    this.fit();
    new ResizeObserver(() => this.fit()).observe(this.frame);
  }

  choose() {
    const radius = Number(this.size.value) / 2;
    Object.assign(this.pad, { minWidth: radius, maxWidth: radius, dotSize: radius });
    this.pad.compositeOperation = this.form.elements.tool.value;
    this.spot.style.setProperty("--size", `${2 * radius}px`);
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.frame;
    if (!width || !height || width === this.width) return;
    const by = this.width ? width / this.width : 1;
    const data = this.pad.toData().map((group) => ({
      ...group,
      ...Object.fromEntries(["minWidth", "maxWidth", "dotSize"].map((name) => [name, group[name] * by])),
      points: group.points.map((point) => ({ ...point, x: point.x * by, y: point.y * by })),
    }));
    this.width = width;
    this.at = [width / 2, height / 2];
    [this.canvas.width, this.canvas.height] = this.full;
    this.canvas.getContext("2d").scale(this.full[0] / width, this.full[1] / height);
    this.draw(data);
  }

  draw(data) {
    const context = this.canvas.getContext("2d");
    context.save();
    context.resetTransform();
    context.clearRect(0, 0, ...this.full);
    context.restore();
    this.pad.clear();
    this.pad.fromData(data, { clear: false });
  }

  undo() { this.draw(this.pad.toData().slice(0, -1)); }

  clear() { this.draw([]); }

  press(event) {
    const step = STEPS[event.key];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    if (step) this.at = this.at.map((place, axis) => Math.max(0, place + step[axis] * this.size.value / (event.shiftKey ? 1 : 4)));
    else this.line = this.line ? null : { ...this.pad._getPointGroupOptions(), points: [] };
    const [x, y] = this.at;
    this.spot.hidden = false;
    this.spot.toggleAttribute("data-down", Boolean(this.line));
    this.spot.style.setProperty("--x", `${x}px`);
    this.spot.style.setProperty("--y", `${y}px`);
    if (!this.line) return;
    const before = this.pad.toData().filter((group) => group !== this.line);
    this.line.points.push({ x, y, pressure: .5, time: Date.now() });
    this.draw([...before, this.line]);
  }

  async submit(event) {
    if (event.target !== this.form || this.file.files.length || this.pad.isEmpty() || !this.pad.toData().length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const mask = Object.assign(document.createElement("canvas"), { width: this.full[0], height: this.full[1] });
    const context = mask.getContext("2d");
    context.fillRect(0, 0, ...this.full);
    context.drawImage(this.canvas, 0, 0);
    const bytes = await new Promise((done) => { mask.toBlob(done, "image/png"); });
    const chosen = new DataTransfer();
    chosen.items.add(new File([bytes], "mask.png", { type: "image/png" }));
    this.file.files = chosen.files;
    this.form.requestSubmit(event.submitter);
  }
}

customElements.define("mask-painter", MaskPainter);
