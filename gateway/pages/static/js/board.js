// Shots are dragged by mouse or finger; what a drop means is sent like a press on its buttons.
const board = () => document.getElementById("board");
const order = () => document.getElementById("order");
const begun = new WeakSet();
let putBack = null;

function drop({ item, to }) {
  let next = item.nextElementSibling;
  while (next && !next.dataset.shot) next = next.nextElementSibling;
  const { from, before } = putBack;
  if (to === from && next === before) return;
  putBack.version = board().dataset.version;
  const words = ["move", item.dataset.shot, to.dataset.scene, next?.dataset.shot];
  order().elements.dragged.value = words.filter(Boolean).join(" ");
  order().requestSubmit();
}

function lift({ item, from }) {
  let before = item.nextElementSibling;
  while (before && !before.dataset.shot) before = before.nextElementSibling;
  putBack = { item, from, before };
}

// A drop that changed nothing, as one that asks first or got no answer, is put back where it was.
document.addEventListener("htmx:finally:request", ({ detail }) => {
  if (detail.ctx?.sourceElement !== order() || !putBack?.version) return;
  order().elements.dragged.value = "";
  const { item, from, before, version } = putBack;
  putBack = null;
  if (board().dataset.version === version && from.isConnected) {
    from.insertBefore(item, before ?? from.querySelector(".new"));
  }
});

// The talk is about the shot in whose card one works.
document.addEventListener("focusin", ({ target }) => {
  const shot = target.closest?.("[data-shot]")?.dataset.shot, about = document.getElementById("about");
  if (shot && about && [...about.options].some(({ value }) => value === shot)) about.value = shot;
});

function prepare() {
  for (const list of document.querySelectorAll("[data-scene]")) {
    if (begun.has(list)) continue;
    begun.add(list);
    Sortable.create(list, {
      group: "shots", draggable: "[data-shot]", handle: "[data-grip]", animation: 150,
      delay: 200, delayOnTouchOnly: true, touchStartThreshold: 5, onStart: lift, onEnd: drop,
    });
  }
}

// What was made just now is written into next.
function begin() {
  const fresh = document.querySelector("#board textarea[autofocus]");
  fresh?.removeAttribute("autofocus");
  fresh?.focus();
}

document.addEventListener("htmx:after:swap", () => { prepare(); begin(); });
if (document.readyState === "complete") prepare();
else addEventListener("load", prepare);
