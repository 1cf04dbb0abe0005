// What every page may do with a script; each page is whole without it.
const root = document.documentElement;

const menu = document.querySelector(".menu");
menu?.addEventListener("click", () => {
  const open = document.getElementById("places").toggleAttribute("data-open");
  menu.setAttribute("aria-expanded", String(open));
});

const THEMES = ["system", "light", "dark"];
const toggle = document.getElementById("theme");
if (toggle) {
  const shown = () => root.dataset.theme ?? "system";
  const tell = () => { toggle.querySelector("span").textContent = `Theme: ${shown()}`; };
  toggle.hidden = false;
  tell();
  toggle.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(shown()) + 1) % THEMES.length];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    try { localStorage.setItem("theme", next); } catch { /* it holds for this page */ }
    tell();
  });
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
    };
    button.addEventListener("click", () => { exact = !exact; show(); });
    button.title = EXACT.format(at);
    show();
    time.removeAttribute("data-when");
    time.replaceChildren(button);
  }
}

// A button with data-copy copies the text of the element that it names.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (!button) return;
  const words = button.querySelector("span");
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  words.textContent = "Copied";
  setTimeout(() => { words.textContent = "Copy"; }, 2000);
});

function prepare(part) {
  localise(part);
  for (const button of part.querySelectorAll("button[data-copy]")) button.hidden = false;
}

// A link with hx-target="#ask-body" puts its question into the one dialog; without a script it leads
// to a page that asks the same. What was shown leaves the page when the dialog closes.
const ask = document.getElementById("ask");
const asked = document.getElementById("ask-body");
let opener = null;

document.addEventListener("click", (event) => {
  const link = event.target.closest?.('a[hx-target="#ask-body"]');
  if (link) opener = link;
  if (event.target.closest?.("[data-closes]")) {
    event.preventDefault();
    ask.close();
  }
});
ask?.addEventListener("close", () => {
  asked.replaceChildren();
  document.getElementById(opener?.id)?.focus();
});

function swapped() {
  prepare(document);
  if (asked?.hasChildNodes() && !ask.open) ask.showModal();
  asked?.querySelector("[data-focus]")?.focus();
}

prepare(document);
document.addEventListener("htmx:after:swap", swapped);
document.querySelector("[data-focus]")?.focus();
