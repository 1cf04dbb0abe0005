// A total that is being counted cannot be approved: the button names it once it is there.
let counting = null;
const on = (name, act) => document.addEventListener(`htmx:${name}`, (event) => act(event.detail.ctx ?? {}));
on("before:request", (ctx) => {
  const button = ctx.sourceElement.matches("[data-counts]") && ctx.request.form?.querySelector("[data-total]");
  if (!button) return;
  const words = counting?.button === button ? counting.words : button.textContent;
  counting = { ctx, button, words };
  button.setAttribute("aria-disabled", "true");
  button.textContent = "Counting…";
});
on("finally:request", (ctx) => {
  if (counting?.ctx !== ctx) return;
  counting.button.removeAttribute("aria-disabled");
  counting.button.textContent = counting.words;
  counting = null;
});
