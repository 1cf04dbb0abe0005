// One event stream for all tabs of a browser. HTTP/1.1 gives a site six connections and a stream holds
// one to its end, so a stream a tab would stop the site at the sixth. The tab that has the lock keeps
// the stream and tells the others. A hidden one yields to a tab that is seen, and where none is seen it
// closes after half a minute, unless the person wants notices. Without locks (plain http from another
// machine) each visible tab has its own.
const AGAIN_MS = 5_000;
const LONGEST_MS = 60_000;
const LINGER_MS = 30_000;

export class SharedStream {
  // `hear` gets each event as kind, data and whether this tab has the stream; "begin" before those of a
  // new stream, "lost" if it is refused. For tabs that come later `keep` puts into a map what they must
  // hear, in its order. `lingers` is false for a stream that ends as soon as no tab is seen.
  constructor(address, kinds, hear, keep, lingers = true) {
    Object.assign(this, { address, kinds, hear, keep, lingers });
    this.id = Math.random();
    this.pause = AGAIN_MS;
    this.name = `${import.meta.url} ${address}`;
    this.channel = new BroadcastChannel(this.name);
    this.channel.addEventListener("message", ({ data }) => this.receive(data));
    this.look = () => (document.hidden ? this.hide() : this.want());
    document.addEventListener("visibilitychange", this.look);
    this.look();
  }

  close() {
    this.rest();
    this.channel.close();
    document.removeEventListener("visibilitychange", this.look);
  }

  hide() {
    const stays = this.source && this.lingers && navigator.locks;
    if (!stays) return this.rest();
    this.lingering = setTimeout(async () => {
      const { noticesAreOn } = await import("./notices.js");
      if (document.hidden && !noticesAreOn()) this.rest();
    }, LINGER_MS);
  }

  want() {
    clearTimeout(this.lingering);
    if (this.wanting) return;
    this.wanting = new AbortController();
    if (!navigator.locks) {
      this.open();
      return;
    }
    const { signal } = this.wanting;
    const keep = () => new Promise((release) => {
      signal.addEventListener("abort", release);
      this.open();
    });
    navigator.locks.request(this.name, { signal }, keep).catch(() => { /* it wants no more */ });
    this.channel.postMessage({ kind: "hello", from: this.id });
  }

  rest() {
    clearTimeout(this.again);
    clearTimeout(this.lingering);
    this.source?.close();
    this.source = null;
    this.wanting?.abort();
    this.wanting = null;
  }

  open() {
    this.kept = new Map();
    const source = new EventSource(this.address); // it sends Last-Event-ID by itself when it was cut
    this.source = source;
    this.tell("begin", null);
    for (const kind of this.kinds) {
      source.addEventListener(kind, (event) => this.tell(kind, JSON.parse(event.data)));
    }
    source.addEventListener("open", () => { this.pause = AGAIN_MS; });
    source.addEventListener("error", () => {
      if (source.readyState !== EventSource.CLOSED || source !== this.source) return;
      this.again = setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(2 * this.pause, LONGEST_MS);
      this.tell("lost", null);
    });
  }

  tell(kind, data) {
    if (kind === "begin") this.kept.set(kind, { kind, data });
    else this.keep(this.kept, kind, data);
    if (navigator.locks) this.channel.postMessage({ kind, data });
    this.hear(kind, data, true);
  }

  // A tab that says hello is seen. It gets the stream of a hidden one, else it is told what it missed,
  // beginning with "begin".
  receive({ kind, data, from, to }) {
    if (kind === "hello") {
      if (!this.source) return;
      if (document.hidden) this.rest();
      else for (const each of this.kept.values()) this.channel.postMessage({ ...each, to: from });
    } else if (to === undefined || to === this.id) {
      this.hear(kind, data, false);
    }
  }
}
