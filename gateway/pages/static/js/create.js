// The prompt bar and what is done from the grid; both are whole without a script.
import { remember } from "./grid.js";

const bar = () => document.getElementById("try");
const prompt = () => document.getElementById("f-prompt");
const account = document.body.dataset.account ?? "";

// A press of a button that the page does not show: the server changes the form and draws it again.
export function press(decision) {
  const button = Object.assign(document.createElement("button"), { name: "decision", value: decision, hidden: true, formNoValidate: true });
  bar().append(button);
  bar().requestSubmit(button);
}

// What one writes is kept for this tab until it is run elsewhere: a reload or another tab of the bar has it.
const DRAFT = `draft ${account}`;
const FILLED = ["prompt", "like", "source", "clips.0.videoUrl"];
const PASSING = new Set(["idempotencyKey", "maxPriceUsd", "pricedInput", "formAt", "formOf", "decision"]);

function keepDraft() {
  const form = bar();
  if (!form) return;
  const values = [...new FormData(form)].filter(([name]) => !PASSING.has(name));
  try { sessionStorage.setItem(DRAFT, JSON.stringify(values)); } catch { return; }
  // from here on the draft is newer than what the address fills in
  remember((here) => { for (const name of [...FILLED, "relation", "made"]) here.searchParams.delete(name); });
}

function restoreDraft() {
  const asked = new URLSearchParams(location.search);
  if (FILLED.some((name) => asked.has(name))) return;
  // forms.js fills in what waits since a sign-in or a lost answer
  if (Object.keys(sessionStorage).some((name) => /^(kept|sent) .*\/create/.test(name))) return;
  let values;
  try { values = new Map(JSON.parse(sessionStorage.getItem(DRAFT))); } catch { return; }
  const text = values.get("prompt") ?? "";
  if (prompt() && text && !prompt().value) prompt().value = text;
  if (values.get("task") !== bar().elements.task.value) {
    if (prompt()?.value) prompt().dispatchEvent(new Event("input", { bubbles: true }));
  } else if (values.size > 1) {
    htmx.ajax("POST", bar().getAttribute("action"), { target: "#maker", swap: "outerHTML", values: { ...Object.fromEntries(values), decision: "fill" } });
  }
}

document.addEventListener("input", ({ target }) => { if (target.form?.id === "try") keepDraft(); });

// A chip says what was chosen in it.
document.addEventListener("change", ({ target }) => {
  const face = target.type === "radio" && document.querySelector(`[data-face="${CSS.escape(target.name)}"]`);
  if (face) face.textContent = target.parentElement.textContent.trim();
});
document.addEventListener("click", ({ target, detail }) => {
  const choices = target.closest?.(".chip-choices label")?.closest("[popover]");
  if (choices && detail && !target.matches("input")) choices.hidePopover(); // by a pointer, not by arrow keys
});

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  if (target.id === "f-prompt") {
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      document.getElementById("run")?.click();
    } else if (key === "ArrowUp" && !target.value) {
      event.preventDefault();
      document.getElementById("earlier")?.click();
    }
  }
});

// The dialog of one result is fetched when the first is opened.
let lightbox;
document.addEventListener("click", (event) => {
  const tile = event.target.closest?.("a.tile");
  if (!tile || lightbox || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  lightbox = import("./lightbox.js").then(() => tile.click(), () => location.assign(tile.href));
});

// The menu of a tile opens in the one dialog; its links carry no more than their address.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".over a[hx-target]");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#ask-body" });
});

let pressed = "";
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  pressed = ctx.request?.submitter?.value ?? "";
});
document.addEventListener("htmx:after:swap", () => {
  if (pressed.startsWith("put:")) document.getElementById("ask").close();
  if (/^(put|words|drop):/.test(pressed)) prompt()?.focus();
  if (pressed) keepDraft();
  pressed = "";
});

if (bar()) setTimeout(restoreDraft);
