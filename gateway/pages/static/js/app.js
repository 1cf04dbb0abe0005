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

// Single keys, unless one writes or has turned them off: new, look for, what keys there are.
const KEYS = {
  n: () => document.querySelector("[data-new]") ?? document.querySelector('.side a[href^="/playground"]'),
  "/": () => document.querySelector("[type=search], .filters :is(select, input:not([type=hidden]))"),
  "?": () => document.getElementById("shortcuts"),
};
const silent = () => { try { return localStorage.getItem("shortcuts-off") !== null; } catch { return false; } };

// The search is opened from anywhere; palette.js comes with it.
document.addEventListener("keydown", (event) => {
  if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
  const link = document.getElementById("find");
  if (!link || document.querySelector("dialog:modal")) return;
  event.preventDefault();
  link.click();
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
  if (part.querySelector(".palette")) import("./palette.js");
}

// Times, and buttons that copy or wait: loaded where there is one.
async function prepareRare(part) {
  if (!part.querySelector("time[data-when], button:is([data-wait], [data-copy]), #single-keys")) return;
  (await import("./rare-parts.js")).prepare(part);
}

// A secret that is shown only once cannot be lost by Escape, Back or a reload: it stays until it has
// been copied, or the person says that it is saved. This is here since a script that is still loading
// keeps nothing.
function keep(event) {
  const reminder = document.querySelector("[data-once] [role=alert]");
  if (reminder) {
    event.preventDefault();
    reminder.hidden = false;
  }
  return reminder;
}
addEventListener("beforeunload", keep);

function prepare(part) {
  follow(part);
  takeToasts();
  prepareRare(part);
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
  const pressed = (selector) => event.target.closest?.(selector);
  opener = pressed('a[hx-target="#ask-body"]') ?? opener;
  if (pressed("[data-saved]")) delete document.querySelector("[data-once]")?.dataset.once;
  if (pressed("[data-closes]")) {
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
  const say = document.getElementById("say"), told = document.querySelectorAll("[data-say]");
  if (told.length) say.textContent = [...told].map((each) => each.dataset.say).join(" ").trim();
  for (const each of told) each.removeAttribute("data-say");
  if (asked?.hasChildNodes() && !ask.open) ask.showModal();
  if (doorBody?.hasChildNodes() && !door.open) door.showModal();
  if (held && document.activeElement === document.body) {
    (document.getElementById(held.id) ?? main())?.focus();
  }
});

prepare(document);
