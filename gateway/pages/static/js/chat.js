// An answer of the agent, shown as it is written; at its end the server draws it.
import { SharedStream } from "./shared-stream.js";

const KINDS = ["status", "text", "tool", "usage", "done"];
const HEARD_MS = 5_000;
const AGAIN_MS = 5_000;

class AgentStream extends HTMLElement {
  connectedCallback() {
    const part = (name) => this.querySelector(`[data-${name}]`);
    [this.words, this.now, this.spent] = ["words", "now", "spent"].map(part);
    this.words.replaceChildren();
    this.text = this.words.appendChild(document.createTextNode(""));
    this.kept = this.heard = 0;
    const keep = (kept, kind, data) => kept.set(kept.size, { kind, data });
    this.stream = new SharedStream(this.dataset.events, KINDS, (kind, data) => this.hear(kind, data), keep, false);
    this.speaking = setInterval(() => this.speak(), HEARD_MS);
    this.addEventListener("submit", () => { this.stopped = true; });
    if (this.closest("li")?.matches(":last-child")) this.scrollIntoView({ block: "nearest" });
  }

  hear(kind, data) {
    if (kind === "begin") {
      this.text.data = "";
      this.kept = 0;
    } else if (kind === "status") {
      if (data.restarted) {
        this.text.data = this.text.data.slice(0, this.kept);
        this.heard = Math.min(this.heard, this.text.length);
      }
      if (data.status === "running") this.tell("Answering");
    } else if (kind === "text") {
      this.text.appendData(data.delta);
    } else if (kind === "tool") {
      this.works(data.name.replaceAll("_", " "), data.state);
    } else if (kind === "usage") {
      this.kept = this.text.length;
      this.spent.textContent = `$${data.spentUsd} so far`;
    } else if (kind === "done") {
      this.end();
    } else if (kind === "lost") {
      this.again ??= setTimeout(() => this.end(), AGAIN_MS);
    }
  }

  disconnectedCallback() {
    this.stream.close();
    clearInterval(this.speaking);
    clearTimeout(this.again);
    if (this.stopped) document.getElementById("content")?.focus();
  }

  tell(words) {
    if (this.now.textContent !== words) this.now.textContent = words;
  }

  // What follows a tool is a paragraph of its own.
  works(name, state) {
    this.tell(state === "running" ? `Works: ${name}` : "Answering");
    if (this.text.length && !this.text.data.endsWith("\n")) this.text.appendData("\n\n");
  }

  // A screen reader hears what is new in pieces, not word by word.
  speak() {
    const fresh = this.text.data.slice(this.heard);
    if (!fresh.trim()) return;
    this.heard = this.text.length;
    const piece = document.createElement("p");
    piece.textContent = fresh;
    document.getElementById("heard").replaceChildren(piece);
  }

  end() {
    this.stream.close();
    this.speak();
    this.dispatchEvent(new Event("ended"));
  }
}

// What was written and not sent yet survives a reload.
class MessageBox extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("textarea");
    const kept = `draft ${location.pathname}`;
    const keep = () => {
      try { sessionStorage.setItem(kept, field.value); } catch { /* then it does not */ }
    };
    if (!field) return;
    if (field.value || "sent" in this.dataset) keep();
    if ("sent" in this.dataset) field.focus({ preventScroll: true });
    try { field.value ||= sessionStorage.getItem(kept) ?? ""; } catch { /* as above */ }
    field.addEventListener("input", keep);
  }
}

customElements.define("agent-stream", AgentStream);
customElements.define("message-box", MessageBox);
