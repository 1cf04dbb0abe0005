// The results of the search are reached by the arrows; Enter opens the first.
document.addEventListener("keydown", (event) => {
  const { key, target } = event, list = target.closest?.(".palette");
  if (list && (key === "ArrowDown" || key === "ArrowUp")) {
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
