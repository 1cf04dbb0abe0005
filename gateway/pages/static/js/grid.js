// A grid of tiles: clips that play, tiles that are selected by x, and Back that finds its place.
const still = matchMedia("(prefers-reduced-motion: reduce)");

document.addEventListener("keydown", ({ target, key, ctrlKey, metaKey, altKey }) => {
  const cell = key === "x" && !ctrlKey && !metaKey && !altKey && target.closest?.("a.tile")?.closest(".cell");
  if (cell) cell.querySelector("input[type=checkbox]")?.click();
});

// A clip plays without sound while the pointer or the focus is on its tile.
function play({ target }) {
  const tile = target.closest?.("[data-clip]");
  if (!tile || still.matches || tile.querySelector("video")) return;
  const clip = Object.assign(document.createElement("video"), { src: tile.dataset.clip, muted: true, loop: true, playsInline: true, autoplay: true });
  clip.setAttribute("aria-hidden", "true");
  tile.append(clip);
}
function stop({ target, relatedTarget }) {
  const tile = target.closest?.("[data-clip]");
  if (tile && !tile.contains(relatedTarget)) tile.querySelector("video")?.remove();
}
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, play);
for (const name of ["pointerout", "focusout"]) document.addEventListener(name, stop);

// Back finds the pages that were loaded, and the tile one came from: both are in the address.
export function remember(change) {
  const here = new URL(location.href);
  change(here);
  history.replaceState(history.state, "", here);
}
document.addEventListener("click", ({ target }) => {
  const cell = target.closest?.("a.tile")?.closest("#tiles > .cell");
  if (cell) remember((here) => { here.hash = cell.id; });
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement?.id !== "older" || !ctx.response?.raw.ok) return;
  const page = new URL(ctx.sourceElement.href).searchParams.get("page");
  remember((here) => { if (!here.searchParams.has("cursor")) here.searchParams.set("pages", page); });
});
document.addEventListener("stored", () => {
  const first = new URL(location);
  for (const name of ["cursor", "page"]) first.searchParams.delete(name);
  first.hash = "";
  htmx.ajax("GET", first.href, { target: "#grid", select: "#grid", swap: "outerHTML" });
});
document.addEventListener("gone", ({ detail }) => detail.closest(".cell")?.remove());
const came = location.hash.startsWith("#o-") && document.getElementById(location.hash.slice(1));
if (came) came.querySelector("a.tile").focus();
