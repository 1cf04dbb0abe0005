// A tile opens its result in a dialog over the grid: the same fragment as on the page of the result,
// whose address it takes. Back closes it. On that page too, arrows and swipes go to what is next.
const SWIPE_PX = 48;
const WAYS = { ArrowLeft: "prev", ArrowRight: "next" };
const fetched = new Map();
let box = null, from = null;

const one = () => (box?.open ? box : document).querySelector(".one");
const way = (rel) => one()?.querySelector(`a[rel=${rel}]`);
const tiles = () => [...document.querySelectorAll("a.tile")];
// Back to an address with a #part scrolls there in the next frame, and takes the focus away.
const settled = (act) => requestAnimationFrame(() => requestAnimationFrame(act));
const tileOf = (path) => tiles().find((each) => each.pathname === path);

function load(href) {
  if (!fetched.has(href)) {
    const answer = fetch(href, { headers: { "HX-Request": "true" } }).then((each) => {
      if (!each.ok || each.headers.has("HX-Redirect")) throw new Error(each.status);
      return each.text();
    });
    answer.catch(() => fetched.delete(href));
    fetched.set(href, answer);
  }
  return fetched.get(href);
}

// The picture that comes next is fetched while one looks at this one; in the dialog its words too.
function preload() {
  const next = way("next");
  if (next?.dataset.preload) new Image().src = next.dataset.preload;
  if (next && box?.open) load(next.href).catch(() => {});
}

async function show(href) {
  let fragment;
  try { fragment = await load(href); } catch { return location.assign(href); }
  fetched.clear(); // what a form changes meanwhile is asked for again
  const held = document.activeElement?.id;
  const body = box.querySelector("div");
  body.innerHTML = fragment;
  const tile = tileOf(new URL(href, location).pathname);
  const count = box.querySelector(".place");
  count.hidden = !tile;
  if (tile) count.textContent = `${tiles().indexOf(tile) + 1}/${tiles().length}`;
  if (body.querySelector("before-after")) import("./compare.js");
  htmx.process(body);
  document.dispatchEvent(new CustomEvent("htmx:after:swap", { detail: {} }));
  if (!box.open) box.showModal();
  box.setAttribute("aria-label", body.querySelector("h2").textContent);
  (held?.startsWith("one-") && document.getElementById(held) || box).focus();
  body.parentElement.scrollTop = 0;
  preload();
}

function build() {
  box = Object.assign(document.createElement("dialog"), { className: "lightbox", tabIndex: -1 });
  const shut = Object.assign(document.createElement("button"), { type: "button", className: "quiet shut", ariaLabel: "Close", textContent: "×" });
  shut.addEventListener("click", () => box.close());
  box.append(shut, Object.assign(document.createElement("p"), { className: "place" }), document.createElement("div"));
  box.addEventListener("close", () => {
    const { path, gone, starred } = box.querySelector(".one")?.dataset ?? {};
    const tile = tileOf(path) ?? from, cell = tile?.closest("li");
    box.querySelector("div").replaceChildren();
    const star = starred && cell?.querySelector("[aria-pressed]");
    if (star) {
      star.setAttribute("aria-pressed", starred);
      star.value = star.value.replace(/^(un)?star/, starred === "true" ? "unstar" : "star");
    }
    const heir = gone === undefined ? tile : (cell?.nextElementSibling ?? cell?.previousElementSibling)?.querySelector("a.tile");
    if (gone !== undefined) cell?.remove();
    if (!history.state?.lightbox) return settled(() => heir?.focus());
    addEventListener("popstate", () => settled(() => heir?.focus()), { once: true });
    history.back();
  });
  document.body.append(box);
}

function open(href, tile) {
  if (!box) build();
  from = tile;
  history.pushState({ lightbox: href }, "", href);
  return show(href);
}

const plain = (event) => !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented);

document.addEventListener("click", (event) => {
  const link = plain(event) && event.target.closest?.('a.tile[href^="/create/"], .lightbox .one :is(a[rel], [data-shuts])');
  if (!link) return;
  event.preventDefault();
  if (link.matches("[data-shuts]")) box.close();
  else if (link.matches(".tile") && !box?.open) open(link.href, link);
  else {
    history.replaceState({ lightbox: link.href }, "", link.href);
    show(link.href);
  }
});

addEventListener("popstate", ({ state }) => {
  if (state?.lightbox) {
    if (!box) build();
    show(state.lightbox);
  } else if (box?.open) box.close();
});

document.addEventListener("keydown", (event) => {
  const rel = plain(event) && WAYS[event.key];
  if (!rel || event.target.closest?.("input, textarea, select, video, audio, canvas, [contenteditable], dialog:not(.lightbox)")) return;
  const link = way(rel);
  if (link) {
    event.preventDefault();
    link.click();
  }
});

let start = null;
document.addEventListener("touchstart", ({ target, touches }) => {
  const { clientX: x, clientY: y } = touches[0];
  start = touches.length === 1 && target.closest?.(".stage") && !target.closest("input, video, audio, canvas") ? { x, y } : null;
}, { passive: true });
document.addEventListener("touchend", ({ changedTouches }) => {
  if (!start) return;
  const across = changedTouches[0].clientX - start.x, down = changedTouches[0].clientY - start.y;
  start = null;
  if (Math.abs(across) > SWIPE_PX && Math.abs(across) > 2 * Math.abs(down)) way(across < 0 ? "next" : "prev")?.click();
});

preload();
