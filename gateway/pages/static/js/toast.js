// What was done, at the bottom of the page: told by the header HX-Trigger of an answer, or by the notice
// of a page. One with an action or an amount stays until it is closed.
const SHOWN_MS = 6_000;
const stack = document.getElementById("toasts");

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function buildAction({ words, href, post, fields = {}, target }) {
  if (href) return element("a", { className: "button quiet small", href, textContent: words });
  const hidden = Object.entries(fields).map(([name, value]) => element("input", { type: "hidden", name, value }));
  const formOf = document.body.dataset.account;
  if (formOf) hidden.push(element("input", { type: "hidden", name: "formOf", value: formOf }));
  const form = element("form", { method: "post", action: post, className: "inline" }, ...hidden,
    element("button", { className: "quiet small", textContent: words }));
  if (target) {
    const how = { "hx-post": post, "hx-target": `#${target}`, "hx-swap": "outerHTML" };
    for (const [name, value] of Object.entries(how)) form.setAttribute(name, value);
  }
  return form;
}

function take(toast) {
  toast.remove();
  if (!stack.hasChildNodes()) stack.hidePopover();
}

// What lies outside an open dialog cannot be pressed: the stack goes in, and comes back out.
function show(host) {
  if (stack.parentElement !== host) host.append(stack);
  if (!stack.matches(":popover-open")) stack.showPopover();
}

export function place(toast) {
  const close = element("button", { type: "button", className: "quiet small close", ariaLabel: "Close", textContent: "×" });
  close.addEventListener("click", () => take(toast));
  toast.append(close);
  toast.removeAttribute("role");
  toast.removeAttribute("data-toast");
  toast.className = "toast";
  show(document.querySelector("dialog:modal") ?? document.body);
  stack.append(toast);
  globalThis.htmx?.process(toast);
  if (!("stays" in toast.dataset)) setTimeout(() => take(toast), SHOWN_MS);
}

export function say({ words, action, stays }) {
  const toast = element("div", {}, element("p", { textContent: words }));
  if (action) toast.append(buildAction(action));
  if (action || stays) toast.dataset.stays = "";
  place(toast);
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const toast = ctx.response?.raw.ok && ctx.sourceElement.closest("#toasts > .toast");
  if (toast) take(toast);
});
document.addEventListener("close", ({ target }) => {
  if (target !== stack && target.contains(stack) && stack.hasChildNodes()) show(document.body);
}, true);
