// What every page may do with a script; each page is whole without it.
const root = document.documentElement;

const THEMES = ["system", "light", "dark"];
const toggle = document.getElementById("theme");
if (toggle) {
  const choices = document.querySelectorAll('input[name="theme"]');
  const shown = () => root.dataset.theme ?? "system";
  const tell = () => {
    toggle.querySelector("span").textContent = `Theme: ${shown()}`;
    for (const each of choices) each.checked = each.value === shown();
  };
  const choose = (theme) => {
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
    try { localStorage.setItem("theme", theme); } catch { /* it holds for this page */ }
    tell();
  };
  toggle.hidden = false;
  tell();
  toggle.addEventListener("click", () => {
    choose(THEMES[(THEMES.indexOf(shown()) + 1) % THEMES.length]);
  });
  for (const each of choices) {
    each.disabled = false;
    each.addEventListener("change", () => choose(each.value));
  }
}

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

function near(seconds) {
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS[3];
  return RELATIVE.format(Math.round(seconds / size), unit);
}

// A time becomes relative; a press on it shows the exact one, in the reader's own zone.
export function localise(part = document) {
  for (const time of part.querySelectorAll("time[data-when]")) {
    const at = new Date(time.dateTime);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "time";
    let exact = false;
    const show = () => {
      button.textContent = exact ? EXACT.format(at) : near((at - Date.now()) / 1000);
      button.classList.toggle("brief", !exact);
    };
    button.addEventListener("click", () => { exact = !exact; show(); });
    button.title = EXACT.format(at);
    show();
    time.removeAttribute("data-when");
    time.replaceChildren(button);
  }
}

// A secret that is shown only once cannot be lost by Escape, Back or a reload: it stays until it has
// been copied, or the person says that it is saved.
const unsaved = () => document.querySelector("[data-once]");
function saved(secret) {
  secret?.removeAttribute("data-once");
  secret?.querySelector("[role=alert]").setAttribute("hidden", "");
}
function keep(event) {
  const secret = unsaved();
  if (!secret) return false;
  event.preventDefault();
  secret.querySelector("[role=alert]").hidden = false;
  return true;
}
addEventListener("beforeunload", keep);

// A button with data-copy copies the text of the element that it names.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (!button) return;
  const words = button.querySelector("span");
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  saved(button.closest("[data-once]"));
  words.textContent = "Copied";
  setTimeout(() => { words.textContent = "Copy"; }, 2000);
});

// A button with data-wait can be pressed after so many seconds, and says how many are left.
function waiting(button) {
  const words = button.textContent, free = Date.now() + button.dataset.wait * 1000;
  button.removeAttribute("data-wait");
  const show = () => {
    const left = Math.ceil((free - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${words} in ${left} s` : words;
    if (left > 0) setTimeout(show, 1000);
  };
  show();
}

// Single keys, unless one writes or has turned them off: new, look for, what keys there are.
const KEYS = {
  n: () => document.querySelector("[data-new]") ?? document.querySelector('.side a[href^="/playground"]'),
  "/": () => document.querySelector("[type=search], .filters :is(select, input:not([type=hidden]))"),
  "?": () => document.getElementById("shortcuts"),
};
const SILENT = "shortcuts-off";
const silent = () => { try { return localStorage.getItem(SILENT) !== null; } catch { return false; } };

// The search: opened from anywhere, its results reached by the arrows.
document.addEventListener("keydown", (event) => {
  const { key, target } = event, list = target.closest?.(".palette");
  if (key === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    const link = document.getElementById("find");
    if (!link || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    link.click();
  } else if (list && (key === "ArrowDown" || key === "ArrowUp")) {
    const stops = [...list.querySelectorAll("[type=search], #found a")];
    event.preventDefault();
    stops[stops.indexOf(target) + (key === "ArrowDown" ? 1 : -1)]?.focus();
  } else if (list && key === "Enter" && target.type === "search" && target.value) {
    const first = list.querySelector("#found a");
    if (!first) return;
    event.preventDefault();
    first.click();
  }
});

document.addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing;
  const writes = event.target.closest?.("input, textarea, select, [contenteditable], dialog");
  const found = !busy && !writes && !silent() && KEYS[event.key]?.();
  if (!found) return;
  event.preventDefault();
  if (found.matches("a, button")) found.click();
  else found.focus();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches?.("#single-keys")) return;
  try {
    if (event.target.checked) localStorage.removeItem(SILENT);
    else localStorage.setItem(SILENT, "");
  } catch { /* it holds for this page */ }
});

// What an answer or a page has to tell: toast.js shows it, and comes when there is something.
document.addEventListener("toast", async ({ detail }) => (await import("./toast.js")).say(detail));
async function takeToasts() {
  const notices = HTMLElement.prototype.showPopover && document.querySelectorAll("[data-toast]");
  if (!notices?.length) return;
  const { place } = await import("./toast.js");
  for (const each of notices) place(each);
}

// What runs is followed, and what ends is counted down, where there is any; others need no such script.
function follow(part) {
  if (document.body.dataset.events || part.querySelector("job-live, time-left")) import("./job-live.js");
  const notices = part.querySelector("#notices");
  if (notices) import("./notices.js").then(({ prepareNotices }) => prepareNotices(notices));
  if (part.querySelector("[data-counts]")) import("./plan-total.js");
}

function prepare(part) {
  follow(part);
  takeToasts();
  localise(part);
  for (const button of part.querySelectorAll("button[data-wait]")) waiting(button);
  for (const button of part.querySelectorAll("button[data-copy]")) button.hidden = !navigator.clipboard;
  const single = part.querySelector("#single-keys");
  if (single) single.checked = !silent();
}

// A link with hx-target="#ask-body" puts its question into the one dialog; without a script it leads
// to a page that asks the same. What was shown leaves the page when the dialog closes.
const main = () => document.getElementById("main");
const ask = document.getElementById("ask");
const asked = document.getElementById("ask-body");
let opener = null;
// Who was signed out signs in in a dialog of its own, over whatever is open.
const door = document.getElementById("door");
const doorBody = document.getElementById("door-body");
door?.addEventListener("close", () => doorBody.replaceChildren());

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[hx-target="#ask-body"]');
  if (link) opener = link;
  if (event.target.closest?.("[data-saved]")) saved(unsaved());
  if (event.target.closest?.("[data-closes]")) {
    event.preventDefault();
    ask.close();
  }
});
ask?.addEventListener("cancel", keep);
ask?.addEventListener("close", (event) => {
  // a browser closes on a second Escape, and some by gestures, whatever was said to the first
  if (keep(event)) return ask.showModal();
  asked.replaceChildren();
  (document.getElementById(opener?.id) ?? main()).focus();
});

let held = null;
document.addEventListener("htmx:before:swap", () => {
  held = document.activeElement === document.body ? null : document.activeElement;
});
document.addEventListener("htmx:after:swap", () => {
  prepare(document);
  // a region that came with its words is not read out: this one is always there
  const say = document.getElementById("say");
  if (say) say.textContent = document.querySelector("[data-say]")?.textContent ?? "";
  if (asked?.hasChildNodes() && !ask.open) ask.showModal();
  if (doorBody?.hasChildNodes() && !door.open) door.showModal();
  if (held && document.activeElement === document.body) {
    (document.getElementById(held.id) ?? main())?.focus();
  }
});

prepare(document);
