// Search and copy buttons; the page is whole without them.
const box = document.querySelector(".search");
const input = document.querySelector("#search");
const found = document.querySelector(".search output");

function search() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of document.querySelectorAll("article.operation")) {
    const heading = `${one.id} ${one.querySelector("h3").textContent} ${one.querySelector("p")?.textContent ?? ""}`;
    const text = heading.toLowerCase();
    const hit = words.every((word) => text.includes(word));
    one.hidden = !hit;
    for (const link of document.querySelectorAll(`nav a[href="#${one.id}"]`)) {
      link.parentElement.hidden = !hit;
    }
    count += hit;
  }
  for (const part of document.querySelectorAll("main > section")) {
    const own = part.querySelectorAll("article.operation");
    part.hidden = words.length > 0 && ![...own].some((one) => !one.hidden);
  }
  found.textContent = words.length > 0 ? `${count} found` : "";
}

function addCopy(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(block.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  block.before(button);
}

function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const closed = target && target.closest("details:not([open])");
  if (closed) {
    closed.open = true;
    target.scrollIntoView();
  }
}

box.hidden = false;
input.addEventListener("input", search);
document.querySelectorAll("pre.copy").forEach(addCopy);
window.addEventListener("hashchange", openTarget);
openTarget();
if (matchMedia("(max-width: 60rem)").matches) {
  document.querySelector("nav details").open = false;
}
