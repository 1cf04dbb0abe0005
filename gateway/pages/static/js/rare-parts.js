// What only some pages have: times in the reader's words, buttons that copy or wait, and the setting of keys.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

function near(seconds) {
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS[3];
  return RELATIVE.format(Math.round(seconds / size), unit);
}

// A time becomes relative; a press on it shows the exact one, in the reader's own zone.
function localise(part) {
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

// A button with data-copy copies the text of the element that it names.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("button[data-copy]");
  if (!button) return;
  const words = button.querySelector("span");
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  const secret = button.closest("[data-once]");
  secret?.removeAttribute("data-once");
  secret?.querySelector("[role=alert]").setAttribute("hidden", "");
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

// The setting of keys without Ctrl, kept in this browser; app.js reads it.
const SILENT = "shortcuts-off";
function prepareKeys(box) {
  try { box.checked = localStorage.getItem(SILENT) === null; } catch { /* it holds for this page */ }
  box.addEventListener("change", () => {
    try {
      if (box.checked) localStorage.removeItem(SILENT);
      else localStorage.setItem(SILENT, "");
    } catch { /* it holds for this page */ }
  });
}

export function prepare(part) {
  localise(part);
  const keys = part.querySelector("#single-keys");
  if (keys) prepareKeys(keys);
  for (const button of part.querySelectorAll("button[data-wait]")) waiting(button);
  for (const button of part.querySelectorAll("button[data-copy]")) button.hidden = !navigator.clipboard;
}
