// Each form that posts is sent by a script, so that one stays on its page when that fails: what went
// wrong is said above the button one pressed, and takes the focus. A form is kept while one signs in,
// and until its answer has come; it is sent again under the same key, so nothing is done twice.
const FORMS = 'form[method="post"]';
const MARK = "formAt";
const WHOLE = { "hx-target": "#main", "hx-select": "#main", "hx-swap": "outerHTML settle:0", "hx-sync": "this:drop" };
const KEPT = {
  kept: "Your form is as you left it.",
  sent: "No answer came when you sent this form. It is as you left it: send it again, and it is still done only once.",
};

// A plain form is answered with whole pages; only their middle is taken. Settling would copy the
// style of a field that somebody has made larger, which the policy of the page blocks.
function adopt() {
  for (const form of document.querySelectorAll(`${FORMS}:not([hx-post])`)) {
    const how = { "hx-post": form.getAttribute("action"), ...WHOLE };
    for (const [name, value] of Object.entries(how)) form.setAttribute(name, value);
    form.dataset.whole = "";
    htmx.process(form);
  }
}

const at = (form) => form.elements[MARK]?.value ?? `${location.pathname}${location.search}#${form.id}`;
const fields = (form) => [...new FormData(form)].filter(([, value]) => typeof value === "string");

function keep(why, form) {
  try { sessionStorage.setItem(`${why} ${at(form)}`, JSON.stringify(fields(form))); } catch { /* then it is not kept */ }
}

function forget(why, form) {
  try { sessionStorage.removeItem(`${why} ${at(form)}`); } catch { /* nothing was kept */ }
}

function kept(why, form) {
  try { return JSON.parse(sessionStorage.getItem(`${why} ${at(form)}`)); } catch { return null; }
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

const isShown = (button) => button?.isConnected && (button.checkVisibility?.() ?? true);
const lastButton = (form) => [...form.elements].filter((each) => each.type === "submit" && isShown(each)).at(-1);

function clear() {
  document.getElementById("problem")?.remove();
  document.querySelector("[data-said]")?.remove();
}

// Where something is said to whoever pressed this button, or pressed nothing yet.
function place(form, button) {
  clear();
  const slot = element("div");
  slot.dataset.said = "";
  const says = document.getElementById(form?.dataset.says);
  const by = isShown(button) ? button : !says && lastButton(form);
  if (by) (by.closest(".actions, p") ?? by).before(slot);
  else (says ?? form).append(slot);
  return slot;
}

function say(form, button, role, ...children) {
  const box = element("div", { className: role === "alert" ? "problem" : "notice", tabIndex: -1 }, ...children);
  const slot = place(form, button);
  slot.append(box);
  box.setAttribute("role", role);
  box.focus();
}

const same = (form, button) => button?.isConnected ? button
  : [...form.elements].find((each) => each.type === "submit" && each.name === button?.name && each.value === button?.value);

// The form that waits for an answer that did not come: it goes again when the network is back.
let waiting = null;

function sendAgain({ form, button }) {
  waiting = null;
  if (!form) button.click();
  else if (form.isConnected) form.requestSubmit(same(form, button));
}

// What was pressed, if somebody pressed: the button of a form, or a link that opens a dialog.
const pressed = ({ request, sourceElement }) => request.submitter ?? (sourceElement.matches("a") ? sourceElement : null);

function fail(ctx) {
  document.dispatchEvent(new CustomEvent("unanswered", { detail: ctx }));
  const { form, method } = ctx.request, button = pressed(ctx);
  if (!button && (!form || method !== "POST")) return;
  const once = form?.elements.idempotencyKey, offline = !navigator.onLine;
  const again = { form, button };
  waiting = once ? again : null;
  let words = form ? "The form is as you left it." : "Nothing was done.";
  if (once && offline) words = "Your form is kept. It is sent by itself when you are online again, and done only once.";
  else if (once) words = "It may have arrived all the same. Send it again: it is still done only once.";
  const press = element("button", { type: "button", className: "quiet small", textContent: "Try again" });
  press.addEventListener("click", () => sendAgain(again));
  say(form, button, "alert",
    element("p", {}, element("strong", { textContent: offline ? "No connection." : "No answer came." })),
    element("p", { textContent: words }), element("p", {}, press));
}

const sent = ({ request, sourceElement }) => request?.method === "POST" && request.form === sourceElement ? request.form : null;
const on = (name, act) => document.addEventListener(`htmx:${name}`, (event) => act(event.detail.ctx ?? {}, event));

on("config:request", ({ request, sourceElement }) => {
  if (!("whole" in sourceElement.dataset)) return;
  delete request.headers["HX-Request"];
  request.headers["X-Form"] = "1";
});

on("before:request", (ctx) => {
  const form = sent(ctx);
  if (!form) return;
  clear();
  waiting = null;
  if (form.elements.idempotencyKey) keep("sent", form);
  if (form.getAttribute("action").startsWith("/logout")) sessionStorage.clear();
});

// What is between us and the gateway may answer in its place; then nobody knows what happened.
on("before:response", (ctx, event) => {
  const form = sent(ctx);
  if (!ctx.response.headers.has("X-Request-Id")) {
    event.preventDefault();
    fail(ctx);
  } else if (form) forget("sent", form);
});
on("error", (ctx) => { if (ctx.request && !ctx.response) fail(ctx); });

on("after:request", (ctx, event) => {
  const { form } = ctx.request;
  if (form && ctx.response.status === 401) keep("kept", form);
  if ((form || pressed(ctx)) && ctx.hx.retarget === "#notice") {
    ctx.hx.retarget = place(form, pressed(ctx));
    ctx.select = null;
  }
  const to = ctx.hx.redirect && new URL(ctx.hx.redirect, location.href);
  if (!to?.hash || to.pathname + to.search !== location.pathname + location.search) return;
  event.preventDefault(); // the same page but for its #part: to go there would load nothing
  ctx.keepIndicators = true;
  history.scrollRestoration = "manual";
  history.replaceState(null, "", to);
  location.reload();
});
on("after:swap", adopt);

addEventListener("online", () => { if (waiting) sendAgain(waiting); });

// A form that is changed is another one; what waited is not sent.
const changed = new Set();
document.addEventListener("input", ({ target }) => {
  changed.add(target.form);
  if (waiting && target.form === waiting.form) {
    waiting = null;
    clear();
  }
});

document.addEventListener("click", ({ target }) => {
  if (!target.closest?.('a[href^="/login"]')) return;
  for (const form of document.querySelectorAll(FORMS)) if (changed.has(form)) keep("kept", form);
});

// Returns the names for which this form has no control, such as those of further rows.
function fill(form, values) {
  const left = new Set(values.map(([name]) => name));
  for (const control of form.elements) {
    if (!control.name || control.name === MARK) continue;
    left.delete(control.name);
    const own = values.filter(([name]) => name === control.name).map(([, value]) => value);
    if (/checkbox|radio/.test(control.type)) control.checked = own.includes(control.value);
    else if (own.length && (control.type !== "hidden" || control.name === "idempotencyKey") && control.type !== "submit") control.value = own[0];
  }
  return left;
}

// Some forms have more rows than at first; the server draws them.
function refill(form, values) {
  for (const [name, value] of values) form.append(element("input", { type: "hidden", name, value }));
  const button = element("button", { name: "decision", value: form.dataset.refill, hidden: true, formNoValidate: true });
  form.append(button);
  form.requestSubmit(button);
}

function restore() {
  for (const form of document.querySelectorAll(FORMS)) {
    for (const [why, words] of Object.entries(KEPT)) {
      const values = kept(why, form);
      if (!values) continue;
      forget(why, form);
      const left = fill(form, values);
      const rows = values.filter(([name]) => left.has(name) && name.includes("."));
      if (rows.length && form.dataset.refill) refill(form, rows);
      else form.dispatchEvent(new Event("input", { bubbles: true }));
      say(form, null, "status", element("p", { textContent: words }));
    }
  }
}

adopt();
setTimeout(restore); // htmx too begins after this turn
