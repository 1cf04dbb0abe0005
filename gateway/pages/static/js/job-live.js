// Open jobs of all tabs share one event stream; after its end each asks once for how it looks then.
// While the stream is refused, as it is when an account has too many, they ask every five seconds.
import { SharedStream } from "./shared-stream.js";

const SVG = "http://www.w3.org/2000/svg";
const KINDS = ["jobs", "status", "progress", "done"];
const rows = new Map();
const told = new Set();
const missed = new Set();
const ASKS_MS = 5_000;
let stream = null;
let asking = null;
// A page without rows listens too while the account has open jobs, to tell when one is done.
let isListening = false;
const openJobs = new Set();

function listen(address) {
  if (stream || !address) return;
  stream = new SharedStream(address, KINDS, hear, keep);
}

// A tab that comes later hears which jobs are open by then, and the newest of each.
function keep(kept, kind, news) {
  if (!news) return;
  const open = new Set(kind === "jobs" ? news.jobIds : kept.get("jobs")?.data.jobIds);
  if (kind === "done") {
    open.delete(news.jobId);
    for (const each of ["status", "progress"]) kept.delete(`${each} ${news.jobId}`);
  } else if (kind !== "jobs") {
    open.add(news.jobId);
    kept.set(`${kind} ${news.jobId}`, { kind, data: news });
  }
  kept.set("jobs", { kind: "jobs", data: { jobIds: [...open] } });
}

// What ended and is not on this page, or is not looked at, is told.
async function tellEnd({ jobId, status }, isLeader) {
  if (status !== "succeeded" && status !== "failed") return;
  const words = status === "succeeded" ? "Done." : "A job failed. It cost nothing.";
  const href = document.body.dataset.result?.replace("JOB", jobId) ?? `/jobs/${jobId}`;
  if (!rows.has(jobId)) document.dispatchEvent(new CustomEvent("toast", { detail: { words, action: { words: "Open", href } } }));
  if (!document.hidden) return;
  const { countInTitle, notify } = await import("./notices.js");
  countInTitle();
  if (isLeader) notify(words, href);
}

function ask(isLost) {
  clearInterval(asking);
  asking = isLost && setInterval(() => {
    for (const row of rows.values()) row.dispatchEvent(new Event("ended", { bubbles: true }));
  }, ASKS_MS);
}

function hear(kind, news, isLeader) {
  if (kind === "begin" || kind === "lost") ask(kind === "lost");
  else if (kind === "jobs") {
    const open = new Set(news.jobIds);
    openJobs.clear();
    open.forEach((id) => openJobs.add(id));
    for (const [id, row] of rows) if (!open.has(id)) miss(id, row);
    open.forEach(begin);
    closeIfIdle();
  } else if (kind === "done") {
    const row = rows.get(news.jobId);
    openJobs.delete(news.jobId);
    tellEnd(news, isLeader);
    if (row) end(row);
    closeIfIdle();
  } else if (kind === "status" || kind === "progress") {
    missed.delete(news.jobId);
    openJobs.add(news.jobId);
    begin(news.jobId);
    rows.get(news.jobId)?.tell(news);
  }
}

// A job can be younger than the list. So each asks once only: its new row would hear the same list.
function miss(id, row) {
  if (missed.has(id)) return;
  missed.add(id);
  end(row);
}

// A job that no row shows: a page that lists all of them asks once for more.
function begin(id) {
  if (rows.has(id) || told.has(id)) return;
  told.add(id);
  document.body.dispatchEvent(new Event("begun"));
}

function end(row) {
  forget(row);
  row.dispatchEvent(new Event("ended", { bubbles: true }));
}

function forget(row) {
  if (rows.get(row.dataset.job) === row) rows.delete(row.dataset.job);
  closeIfIdle();
}

function closeIfIdle() {
  if (rows.size || !stream || (isListening && openJobs.size)) return;
  ask(false);
  stream.close();
  stream = null;
}

// The same moon as the server draws, so far filled.
function fill(moon, percent) {
  const k = 1 - percent / 50;
  const lit = moon.querySelector("path") ?? moon.appendChild(document.createElementNS(SVG, "path"));
  lit.setAttribute("fill", "currentColor");
  lit.setAttribute("d", `M12 3A9 9 0 0 1 12 21A${Math.abs(9 * k).toFixed(2)} 9 0 0 ${k > 0 ? 0 : 1} 12 3Z`);
}

function lasting(seconds) {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours) return `${hours} h ${minutes % 60} min`;
  return minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

class JobLive extends HTMLElement {
  connectedCallback() {
    rows.set(this.dataset.job, this);
    listen(this.dataset.events);
  }

  disconnectedCallback() {
    forget(this);
  }

  tell(news) {
    const progress = news.progress ?? news;
    const word = this.querySelector("[data-word]");
    const running = news.status ? news.status === "running" : true;
    const name = running ? "Running" : "Queued";
    if (word.textContent !== name) word.textContent = name;
    const more = [];
    if (!running && news.queuePosition) more.push(`Place ${news.queuePosition} in the queue`);
    if (progress.stage) more.push(`${progress.stage[0].toUpperCase()}${progress.stage.slice(1).replaceAll("_", " ")}`);
    if (progress.etaSeconds != null) more.push(`about ${lasting(Math.round(progress.etaSeconds))} left`);
    this.querySelector("[data-more]").textContent = more.join(", ");
    if (!running) return;
    const percent = progress.percent ?? 0;
    this.querySelector("progress").value = percent;
    for (const moon of this.querySelectorAll(".moon")) {
      moon.classList.remove("quiet");
      fill(moon, percent);
    }
  }
}

class TimeLeft extends HTMLElement {
  connectedCallback() {
    const ends = performance.now() / 1000 + Number(this.dataset.seconds);
    this.timer = setInterval(() => {
      this.textContent = lasting(Math.max(0, Math.round(ends - performance.now() / 1000)));
    }, 15_000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}

const { events } = document.body.dataset;
isListening = Boolean(events);
listen(events);
customElements.define("job-live", JobLive);
customElements.define("time-left", TimeLeft);
