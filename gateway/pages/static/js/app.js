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

// A link or button with data-opens opens the dialog that it names; without a script it is a link.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (!dialog) return;
  event.preventDefault();
  dialog.showModal();
  dialog.addEventListener("close", () => opener.focus(), { once: true });
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-closes]")) event.target.closest("dialog").close();
});

prepare(document);
document.addEventListener("htmx:after:swap", () => prepare(document));
document.querySelector("[data-focus]")?.focus();
