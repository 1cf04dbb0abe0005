// Each form that posts is sent by a script, so that one stays on its page when that fails: what went
// wrong is said above the button one pressed, and takes the focus. A form is kept while one signs in,
// and until its answer has come; it is sent again under the same key, so nothing is done twice. What is
// kept belongs to the account that the page was shown to: nobody who signs in later finds it.
const FORMS = 'form[method="post"]';
const MARK = "formAt";
const AWAY_MS = 5 * 60_000;
const SLOW_MS = 300;
const WHOLE = {
  "hx-target": "#main", "hx-select": "#main", "hx-swap": "outerHTML settle:0", "hx-sync": "this:drop",
  "hx-select-oob": "#side-balance,#top-balance,#side-count,#bar-count",
};
const DOOR = { ...WHOLE, "hx-target": "#door-body", "hx-select": "#main > :not(#notice)", "hx-swap": "innerHTML settle:0" };
const KEPT = {
  kept: "Your form is as you left it.",
  sent: "No answer came when you sent this form. It is as you left it: send it again, and it is still done only once.",
};

// A plain form is answered with whole pages; only their middle is taken. Settling would copy the
// style of a field that somebody has made larger, which the policy of the page blocks.
function adopt() {
  for (const form of document.querySelectorAll(`${FORMS}:not([hx-post])`)) {
    const how = { "hx-post": form.getAttribute("action"), ...(form.closest("#door") ? DOOR : WHOLE) };
    for (const [name, value] of Object.entries(how)) if (!form.hasAttribute(name)) form.setAttribute(name, value);
    form.dataset.whole = "";
    htmx.process(form);
  }
}

const at = (form) => form.elements[MARK]?.value ?? `${location.pathname}${location.search}#${form.id}`;
const account = document.body.dataset.account ?? "";
const place = (why, form) => `${why} ${account} ${at(form)}`;
const isSecret = ({ type, autocomplete }) => type === "password" || /password|one-time-code/.test(autocomplete);

function fields(form) {
  const secret = new Set([...form.elements].filter(isSecret).map(({ name }) => name));
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !secret.has(name));
}

function keep(why, form) {
  try { sessionStorage.setItem(place(why, form), JSON.stringify(fields(form))); } catch { /* then it is not kept */ }
}

function forget(why, form) {
  try { sessionStorage.removeItem(place(why, form)); } catch { /* nothing was kept */ }
}

function kept(why, form) {
  try { return JSON.parse(sessionStorage.getItem(place(why, form))); } catch { return null; }
}

// What a stranger filled in is of whoever signs in first; what is of another account is forgotten.
function claim() {
  if (!account) return;
  for (const name of Object.keys(sessionStorage)) {
    const [, why, whose, where] = name.match(/^(kept|sent) (\S*) (.*)$/) ?? [];
    if (!why || whose === account) continue;
    if (!whose) sessionStorage.setItem(`${why} ${account} ${where}`, sessionStorage.getItem(name));
    sessionStorage.removeItem(name);
  }
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
function slotFor(form, button) {
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
  const slot = slotFor(form, button);
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
  else if (form.isConnected) form.requestSubmit(same(form, button) ?? form.querySelector("button"));
}

// What was pressed, if somebody pressed: the button of a form, or a link that opens a dialog.
const pressed = ({ request, sourceElement }) => request.submitter ?? (sourceElement.matches("a") ? sourceElement : null);

function fail(ctx) {
  document.dispatchEvent(new CustomEvent("unanswered", { detail: ctx }));
  const { form, method } = ctx.request, button = pressed(ctx);
  if (!button && (!form || method !== "POST")) return;
  const once = form?.elements.idempotencyKey, offline = !navigator.onLine;
  const again = { form, button };
  waiting = once ? { ...again, since: Date.now() } : null;
  let words = form ? "The form is as you left it." : "Nothing was done.";
  if (once && offline) words = "Your form is kept. It is sent by itself if you are online again within 5 minutes, and done only once.";
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
  const leaves = sourceElement.getAttribute("action")?.startsWith("/logout");
  if (account && request.method === "POST" && !leaves) request.body.set("formOf", account);
  if (!("whole" in sourceElement.dataset)) return;
  delete request.headers["HX-Request"];
  request.headers["X-Form"] = "1";
});

// A press while the first one is on its way, or while a button has no amount yet, does nothing.
const busy = new WeakMap();
document.addEventListener("submit", (event) => {
  if (!busy.has(event.target) && event.submitter?.getAttribute("aria-disabled") !== "true") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

on("before:request", (ctx) => {
  const form = sent(ctx);
  if (!form) return;
  busy.set(form, setTimeout(() => form.setAttribute("aria-busy", "true"), SLOW_MS));
  if (!form.closest("#door")) clear();
  waiting = null;
  if (form.elements.idempotencyKey) keep("sent", form);
  if (form.getAttribute("action").startsWith("/logout")) sessionStorage.clear();
});

on("finally:request", (ctx) => {
  const form = sent(ctx);
  if (!form) return;
  clearTimeout(busy.get(form));
  busy.delete(form);
  form.removeAttribute("aria-busy");
});

// What is between us and the gateway may answer in its place; then nobody knows what happened.
on("before:response", (ctx, event) => {
  const form = sent(ctx);
  if (!ctx.response.headers.has("X-Request-Id")) {
    event.preventDefault();
    fail(ctx);
  } else if (form) for (const why of Object.keys(KEPT)) forget(why, form);
});
on("error", (ctx) => { if (ctx.request && !ctx.response) fail(ctx); });

// Signed in again: the form that was refused is still there, if the account is the same, and waits for
// another press.
let refused = null;
function enter({ response, hx }) {
  if (response.headers.get("X-Account") !== account) return location.assign(hx.redirect);
  document.getElementById("door").close();
  if (refused?.form.isConnected) say(refused.form, same(refused.form, refused.button), "status", element("p", { textContent: "You are signed in. Nothing was sent yet: press the button again." }));
  else location.reload();
}

on("after:request", (ctx, event) => {
  const { form } = ctx.request;
  if (form?.closest("#door") && ctx.hx.redirect) {
    event.preventDefault();
    enter(ctx);
    return;
  }
  const to = ctx.hx.redirect && new URL(ctx.hx.redirect, location.href);
  const signsIn = to?.pathname === "/login" && to.searchParams.has("again");
  if (form && (signsIn || ctx.response.headers.has("X-Keep-Form"))) {
    keep("kept", form);
    refused = { form, button: pressed(ctx) };
  }
  if ((form || pressed(ctx)) && ctx.hx.retarget === "#notice") {
    ctx.hx.retarget = slotFor(form, pressed(ctx));
    ctx.select = null;
  }
  if (!to?.hash || to.pathname + to.search !== location.pathname + location.search) return;
  event.preventDefault(); // the same page but for its #part: to go there would load nothing
  ctx.keepIndicators = true;
  history.scrollRestoration = "manual";
  history.replaceState(null, "", to);
  location.reload();
});
on("after:swap", () => {
  adopt();
  setTimeout(() => restore(["kept"])); // a dialog opens in this turn
});

addEventListener("online", () => { if (waiting && Date.now() - waiting.since < AWAY_MS) sendAgain(waiting); });

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
  for (const form of document.querySelectorAll(FORMS)) {
    if (changed.has(form) || form.contains(target)) keep("kept", form);
  }
});

const known = new WeakSet();
async function restore(reasons) {
  for (const form of document.querySelectorAll(FORMS)) {
    if (known.has(form)) continue;
    known.add(form);
    for (const why of reasons) {
      const values = kept(why, form);
      if (!values) continue;
      const { refill } = await import("./refill.js");
      forget(why, form);
      refill(form, values.filter(([name]) => name !== MARK), why);
      changed.add(form);
      say(form, null, "status", element("p", { textContent: KEPT[why] }));
    }
  }
}

try { claim(); } catch { /* nothing is kept */ }
adopt();
setTimeout(() => restore(Object.keys(KEPT))); // htmx too begins after this turn
