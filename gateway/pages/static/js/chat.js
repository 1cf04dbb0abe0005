// An answer of the agent, shown as it is written; at its end the server draws it.
const HEARD_MS = 5_000;
const AGAIN_MS = 5_000;

class AgentStream extends HTMLElement {
  connectedCallback() {
    const part = (name) => this.querySelector(`[data-${name}]`);
    [this.words, this.now, this.spent] = ["words", "now", "spent"].map(part);
    this.words.replaceChildren();
    this.text = this.words.appendChild(document.createTextNode(""));
    this.kept = this.heard = 0;
    this.source = new EventSource(this.dataset.events);
    const on = (kind, act) => this.source.addEventListener(kind, (event) => act(JSON.parse(event.data)));
    on("status", ({ status, restarted }) => {
      if (restarted) this.text.data = this.text.data.slice(0, this.kept);
      this.heard = Math.min(this.heard, this.text.length);
      if (status === "running") this.tell("Answering");
    });
    on("text", ({ delta }) => this.text.appendData(delta));
    on("tool", ({ name, state }) => this.works(name.replaceAll("_", " "), state));
    on("usage", ({ spentUsd }) => {
      this.kept = this.text.length;
      this.spent.textContent = `$${spentUsd} so far`;
    });
    on("done", () => this.end());
    this.source.addEventListener("error", () => {
      if (this.source.readyState === EventSource.CLOSED) this.again = setTimeout(() => this.end(), AGAIN_MS);
    });
    this.speaking = setInterval(() => this.speak(), HEARD_MS);
    this.addEventListener("submit", () => { this.stopped = true; });
    if (this.closest("li")?.matches(":last-child")) this.scrollIntoView({ block: "nearest" });
  }

  disconnectedCallback() {
    this.source.close();
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
    this.source.close();
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
