// Search and copy buttons; the page is whole without them.
const box = document.querySelector(".search");
const input = document.querySelector("#search");
const list = document.querySelector("#found");
const count = document.querySelector("#found-count");
const more = document.querySelector("#found-more");
const contents = document.querySelector("nav details");
const MOST = 40;

// A page about one operation searches the whole reference, and leads there.
const elsewhere = document.body.dataset.reference ?? "";

// What can be found: its name, what it is, the words about it, where it stands.
let entries = null;
let loading = false;
let failed = false;
function load() {
  if (!elsewhere) return collect(document);
  if (loading) return;
  loading = true;
  failed = false;
  const request = new XMLHttpRequest();
  request.responseType = "document"; // read, but neither run nor shown
  request.open("GET", elsewhere);
  request.addEventListener("loadend", () => { // the next key tries again
    loading = false;
    failed = request.status !== 200 || !request.response;
    if (!failed) collect(request.response);
    show();
  });
  request.send();
}

function collect(whole) {
  const text = (part) => part?.textContent.replaceAll(/\s+/g, " ").trim() ?? "";
  const add = (part, name, kind, words) => {
    const spaced = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase(); // start frame image
    const all = `${name} ${spaced} ${kind} ${words}`.toLowerCase();
    const names = [name.toLowerCase(), spaced, part.id.toLowerCase()];
    entries.push({ id: part.id, name, kind, all, names, title: kind.toLowerCase() });
  };
  entries = [];
  for (const task of whole.querySelectorAll("article.task")) {
    add(task, text(task.querySelector("h3 code")), `Task: ${task.dataset.title}`, text(task.querySelector("p")));
  }
  for (const one of whole.querySelectorAll("article.operation")) {
    add(one, text(one.querySelector("h3")), "Operation", `${one.id} ${text(one)}`);
  }
  for (const row of whole.querySelectorAll("tr[id]")) {
    const of = row.closest("article");
    const kind = of ? `Field of ${text(of.querySelector(of.matches(".task") ? "h3 code" : "h3"))}` : "Error code";
    add(row, text(row.querySelector("th code")), kind, text(row));
  }
  for (const part of whole.querySelectorAll("main > section")) {
    add(part, text(part.querySelector("h2")), "Chapter", [...part.querySelectorAll(":scope > p")].map(text).join(" "));
  }
}

// The lower the nearer: the very name, the start of a name, a part of it, its title, words about it.
function distance(entry, phrase, words) {
  if (!words.every((word) => entry.all.includes(word))) return -1;
  const [name, spaced] = entry.names;
  if (entry.names.includes(phrase)) return 0;
  if (entry.title.endsWith(phrase)) return 1;
  const named = words.every((word) => name.includes(word));
  if (name.startsWith(phrase) || spaced.startsWith(phrase) || (named && entry.kind === "Operation")) return 2;
  if (named) return 3;
  if (words.every((word) => entry.title.includes(word) || name.includes(word))) return 4;
  return entry.kind === "Operation" ? 6 : 5;
}

function search() {
  if (!entries && input.value.trim()) load();
  show();
}

function show() {
  const phrase = input.value.trim().toLowerCase().replaceAll(/\s+/g, " ");
  const words = phrase.split(" ").filter(Boolean);
  const hits = (words.length && entries ? entries : [])
    .map((entry) => [distance(entry, phrase, words), entry])
    .filter(([far]) => far >= 0)
    .sort(([one], [other]) => one - other);
  list.replaceChildren(...hits.slice(0, MOST).map(([, entry]) => link(entry)));
  list.dataset.count = hits.length;
  list.hidden = hits.length === 0;
  contents.hidden = words.length > 0;
  const told = entries ? `${hits.length} found` : failed ? "The reference could not be loaded." : "";
  count.textContent = words.length ? told : "";
  more.textContent = hits.length > MOST ? `and ${hits.length - MOST} more: add a word` : "";
}

function link({ id, name, kind }) {
  const item = document.createElement("li"), to = document.createElement("a"), what = document.createElement("small");
  to.href = `${elsewhere}#${id}`;
  what.textContent = kind;
  to.append(name, what);
  item.append(to);
  return item;
}

// Arrows go through the results and back to the field, Enter to the nearest one, Escape to the contents.
function steer(event) {
  const links = [...list.querySelectorAll("a")], at = links.indexOf(document.activeElement);
  if (event.key === "Escape") {
    input.value = "";
    search();
    input.focus();
  } else if (event.key === "Enter" && at < 0 && links.length) {
    links[0].click();
  } else if (event.key === "ArrowDown" && at + 1 < links.length) {
    links[at + 1].focus();
  } else if (event.key === "ArrowUp" && at >= 0) {
    (links[at - 1] ?? input).focus();
  } else {
    return;
  }
  event.preventDefault();
}

function addCopy(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.before(button);
}

function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = target && target.closest("details:not([open])");
  if (closed) {
    closed.open = true;
    target.scrollIntoView();
  }
}

const silent = () => { try { return localStorage.getItem("shortcuts-off") !== null; } catch { return false; } };

box.hidden = false;
input.addEventListener("input", search);
box.addEventListener("keydown", steer);
document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input, textarea, select");
  if (event.key !== "/" || writes || silent() || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  input.focus();
});
document.querySelectorAll("pre.copy").forEach(addCopy);
window.addEventListener("hashchange", openTarget);
openTarget();
if (matchMedia("(max-width: 60rem)").matches) contents.open = false;
