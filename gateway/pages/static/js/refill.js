// Fills a form in again with what was kept of it.
function element(properties) {
  return Object.assign(document.createElement(properties.type === "hidden" ? "input" : "button"), properties);
}

// Only what may have arrived is sent under its old key: what was refused did nothing with it, and
// another press may have used it since.
// Returns the names for which this form has no control, such as those of further rows, and those of
// slots for media: the server draws what is in them.
function fill(form, values, why) {
  const left = new Set(values.map(([name]) => name));
  for (const control of form.elements) {
    if (!control.name) continue;
    if (!("slot" in control.dataset)) left.delete(control.name);
    const own = values.filter(([name]) => name === control.name).map(([, value]) => value);
    if (/checkbox|radio/.test(control.type)) control.checked = own.includes(control.value);
    else if (own.length && (control.type !== "hidden" || (why === "sent" && control.name === "idempotencyKey")) && control.type !== "submit") control.value = own[0];
  }
  return left;
}

// Some forms have more rows than at first; the server draws them.
function redraw(form, values) {
  for (const [name, value] of values) {
    form.querySelector(`[data-slot][name="${CSS.escape(name)}"]`)?.remove();
    form.append(element({ type: "hidden", name, value }));
  }
  const button = element({ name: "decision", value: form.dataset.refill, hidden: true, formNoValidate: true });
  form.append(button);
  form.requestSubmit(button);
}

export function refill(form, values, why) {
  const left = fill(form, values, why);
  const rows = values.filter(([name, value]) => left.has(name) && (name.includes(".") || (value && form.elements[name])));
  if (rows.length && form.dataset.refill) redraw(form, rows);
  else form.dispatchEvent(new Event("input", { bubbles: true }));
  form.querySelector("[data-counts]")?.dispatchEvent(new Event("change"));
}
