// The price belongs to the form as it is: a change takes it off the button, which runs nothing until
// the new one stands there. Answers about an older form are dropped.
let version = 0, missing = false;
const part = () => document.getElementById("price");
const isOurs = ({ sourceElement, request }) => sourceElement?.id === "price" || request?.form?.id === "try";
const isPricing = (button) => button?.getAttribute("aria-disabled") === "true";
const on = (name, act) => document.addEventListener(`htmx:${name}`, (event) => act(event.detail.ctx ?? {}, event));

document.addEventListener("input", ({ target }) => {
  if ((target.form ?? target).id !== "try") return;
  version += 1;
  const run = document.getElementById("run");
  if (!run || isPricing(run)) return;
  run.setAttribute("aria-disabled", "true");
  run.querySelector("span").textContent = "Pricing…";
  document.getElementById("run-hint").textContent = "The form has changed. You can run it once its price is here.";
  for (const each of part().querySelectorAll(".sum dd, .exact")) each.textContent = "…";
  for (const each of part().querySelectorAll('[name="maxPriceUsd"], [name="pricedInput"]')) each.remove();
});

on("config:request", (ctx) => { if (isOurs(ctx)) ctx.version = version; });
on("after:request", (ctx, event) => {
  if (!isOurs(ctx)) return;
  const refused = ctx.hx.retarget === "#notice" && ctx.sourceElement.id === "price";
  if (ctx.version !== version && (refused || ctx.sourceElement.id === "price" || ctx.hx.retarget === "#price")) {
    event.preventDefault();
  } else if (refused && ctx.response.status >= 500) {
    event.preventDefault();
    miss("The gateway could not price it.");
  } else if (refused) { // one writes: it is said here, and does not take the focus
    ctx.hx.retarget = part();
    ctx.text = ctx.text.replace(" autofocus", "");
  } else if (ctx.sourceElement.id === "price") missing = false;
});

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

function miss(why) {
  missing = true;
  const had = part().contains(document.activeElement);
  const again = element("button", { type: "button", className: "quiet", textContent: "Try again" });
  again.dataset.again = "";
  part().replaceChildren(
    element("strong", { textContent: `No price. ${why}` }),
    element("p", { className: "hint", textContent: "Your form is kept, and nothing was run." }),
    again,
  );
  if (had) again.focus();
}

document.addEventListener("unanswered", ({ detail }) => {
  if (detail.sourceElement?.id === "price") miss(navigator.onLine ? "No answer came." : "There is no connection.");
});
const again = () => part()?.dispatchEvent(new Event("again"));
document.addEventListener("click", ({ target }) => { if (target.closest?.("[data-again]")) again(); });
addEventListener("online", () => { if (missing) again(); });
