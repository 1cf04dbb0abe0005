// Media in the slots of the prompt bar: by drop, paste and file, and in the order that one drags.
import { press } from "./create.js";

// Files that are dropped or pasted anywhere in the bar go to its first slot for them.
function give(event, files) {
  const box = files?.length && [...document.querySelectorAll("#try upload-box[data-slot]")].find((each) => files[0].type.startsWith(`${each.dataset.accept}/`));
  if (!box || event.target.closest("upload-box")) return;
  event.preventDefault();
  box.take(files);
}
document.addEventListener("paste", (event) => { if (event.target.closest?.("#try")) give(event, event.clipboardData.files); });
document.addEventListener("dragover", (event) => { if (event.target.closest?.("#try")) event.preventDefault(); });
document.addEventListener("drop", (event) => { if (event.target.closest?.("#try")) give(event, event.dataTransfer.files); });
document.addEventListener("uploaded", ({ target, detail }) => press(`put:${target.dataset.slot}:${detail}`));

// Lists are dragged where they have more than one item; their buttons do the same.
async function sort() {
  for (const list of document.querySelectorAll("[data-sorts]:not([data-sorted]):has(li + li)")) {
    list.dataset.sorted = "";
    if (!globalThis.Sortable) await import("../vendor/Sortable.min.js");
    Sortable.create(list, {
      animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      filter: "button, input, details",
      preventOnFilter: false,
      onEnd: () => press(`order:${list.dataset.sorts}:${[...list.children].map((each) => each.dataset.place).join()}`),
    });
  }
}

document.addEventListener("htmx:after:swap", sort);
sort();
