// Takes files, chosen, dropped or pasted, with progress and a way to stop: into the field of media
// inside it, or into the library, whose page then shows them: into the project that its form chooses,
// and dropped anywhere on its page. A box of a slot tells its page by the event `uploaded`.
const MOST_BYTES = 512 * 2 ** 20;

class UploadBox extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.field = this.form ? null : this.querySelector("input, textarea");
    const many = "many" in this.dataset;
    this.file = Object.assign(document.createElement("input"), { type: "file", hidden: true, multiple: many });
    if (this.dataset.accept) this.file.accept = `${this.dataset.accept}/*`;
    this.choose = this.button(this.field || this.dataset.slot ? "Choose a file" : "Upload files", () => this.file.click());
    this.stop = this.button("Stop", () => this.stopping?.abort());
    this.bar = Object.assign(document.createElement("progress"), { max: 1, value: 0, hidden: true });
    this.bar.setAttribute("aria-label", "Upload");
    this.said = document.createElement("p");
    this.said.className = "hint";
    this.said.setAttribute("role", "status");
    this.stop.hidden = true;
    this.append(this.file, this.choose, this.bar, this.stop, this.said);
    this.file.addEventListener("change", () => this.take(this.file.files));
    const zone = "page" in this.dataset ? document.documentElement : this;
    // Not a picture of this page, which a browser offers as a file, and no text for a field.
    let own = false;
    addEventListener("dragstart", () => { own = true; });
    addEventListener("dragend", () => { own = false; });
    const takes = (event) => !own && event.dataTransfer.types.includes("Files");
    zone.addEventListener("dragover", (event) => {
      if (!takes(event)) return;
      event.preventDefault();
      this.dataset.over = "";
    });
    zone.addEventListener("dragleave", () => { delete this.dataset.over; });
    zone.addEventListener("drop", (event) => {
      if (!takes(event)) return;
      event.preventDefault();
      delete this.dataset.over;
      this.take(event.dataTransfer.files);
    });
    this.addEventListener("paste", (event) => {
      if (!event.clipboardData.files.length) return;
      event.preventDefault();
      this.take(event.clipboardData.files);
    });
  }

  button(words, act) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "quiet small", textContent: words });
    made.addEventListener("click", act);
    return made;
  }

  async take(files) {
    const refused = [];
    let taken = 0;
    for (const file of "many" in this.dataset ? [...files] : [...files].slice(0, 1)) {
      if (await this.send(file)) taken += 1;
      else refused.push(this.said.textContent);
      if (this.stopping.signal.aborted) break;
    }
    this.file.value = "";
    if (this.field || this.dataset.slot) return;
    if (taken && !refused.length) location.reload();
    else if (taken) this.dispatchEvent(new CustomEvent("stored", { bubbles: true }));
    this.said.textContent = [taken ? `${taken} uploaded.` : "", ...refused].join("\n").trim();
  }

  refusal(file) {
    if (this.dataset.accept && !file.type.startsWith(`${this.dataset.accept}/`)) return `${file.name} is no ${this.dataset.accept}.`;
    if (file.size > MOST_BYTES) return `${file.name} is over 512 MiB.`;
    return "";
  }

  async send(file) {
    const { signal } = this.stopping = new AbortController();
    this.said.textContent = this.refusal(file);
    if (this.said.textContent) return false;
    this.said.textContent = `Sending ${file.name} …`;
    this.busy(true);
    try {
      const stopped = new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("Stopped; nothing was kept."))));
      const kept = await Promise.race([stopped, this.transfer(file, signal)]);
      if (this.field) this.fill(kept.reference);
      else if (this.dataset.slot) this.dispatchEvent(new CustomEvent("uploaded", { bubbles: true, detail: kept.reference }));
      this.said.textContent = `${kept.name} is uploaded.`;
      return true;
    } catch (problem) {
      this.said.textContent = problem.message;
      return false;
    } finally {
      this.busy(false);
    }
  }

  async transfer(file, signal) {
    const { upload } = await import("./upload.js").catch(() => { throw new Error("The upload was interrupted. Try again."); });
    return upload(file, this, signal);
  }

  fill(reference) {
    const before = "many" in this.dataset ? this.field.value.trim() : "";
    this.field.value = before ? `${before}\n${reference}` : reference;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  busy(on) {
    this.bar.hidden = this.stop.hidden = !on;
    this.choose.hidden = on;
    this.bar.value = 0;
  }
}

customElements.define("upload-box", UploadBox);
