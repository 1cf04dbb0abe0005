// A plan to decide on: what is bought, what it costs, which steps follow which.
const PLAN_HEADINGS = { pending: "Approve this plan?", executed: "Plan approved", rejected: "Plan rejected", expired: "Plan expired" };
const TASK_TITLES = {
  "image.generate": "picture", "image.edit": "edited picture", "image.upscale": "enlarged picture",
  "video.generate": "video", "video.extend": "extended video", "video.upscale": "enlarged video",
  "video.combine": "joined video", "audio.generate": "sound",
};

// The steps of a plan with their words; without words a step is called by what it does.
function readSteps(plan, data) {
  const described = new Map((data.steps ?? []).map((step) => [step.stepId, step]));
  return (plan.steps ?? []).map((step, place) => ({
    name: `Step ${place + 1}`,
    product: TASK_TITLES[step.operation] ?? String(step.operation),
    kind: String(step.operation).split(".")[0],
    needs: [], pictures: [], gist: "", measures: "",
    ...step,
    ...described.get(step.stepId),
    price: parseUsd(step.priceUsd),
  }));
}

function createPlanView(app, plan, data) {
  const steps = readSteps(plan, data);
  const byId = new Map(steps.map((step) => [step.stepId, step]));
  const chosen = new Set(steps.map((step) => step.stepId));
  const leftOut = new Set();
  let told = "";
  let problem = null;
  let consent = plan.consent;
  let needsPage = false;
  let busy = false;
  let asked = 0;

  const total = () => steps.filter((step) => chosen.has(step.stepId)).reduce((sum, step) => sum + step.price, 0);
  const isWhole = () => chosen.size === steps.length;
  const name = (stepId) => byId.get(stepId)?.name.toLowerCase() ?? "another step";
  const balance = plan.balanceUsd === undefined ? null : parseUsd(plan.balanceUsd);
  const isShort = () => balance !== null && balance < total();
  // A host without the tools of pages still runs what needs no consent.
  const runTool = () => (app.may("page_plan_run") ? "page_plan_run" : consent === "auto" && app.may("plan_execute") ? "plan_execute" : null);
  const isAbove = () => consent === "approve" || needsPage || runTool() === null;

  // What needs an unchecked step goes with it, and is back when that is checked again; what a
  // checked step needs comes along.
  function choose(step, checked) {
    const moved = [];
    const list = (stepId) => checked ? byId.get(stepId).needs
      : steps.filter((each) => each.needs.includes(stepId)).map((each) => each.stepId);
    const visit = (stepId) => {
      for (const next of list(stepId).filter((each) => byId.has(each) && chosen.has(each) !== checked)) {
        change(next, checked);
        moved.push(next);
        visit(next);
      }
    };
    change(step.stepId, checked);
    leftOut.delete(step.stepId);
    visit(step.stepId);
    for (const each of moved) checked ? leftOut.delete(each) : leftOut.add(each);
    const returned = checked ? restoreLeftOut() : [];
    told = describeMoves(step, checked, moved, returned);
    problem = null;
    needsPage = false;
    readConsent();
    app.draw();
  }

  const change = (stepId, checked) => (checked ? chosen.add(stepId) : chosen.delete(stepId));

  function restoreLeftOut() {
    const returned = [];
    for (const step of steps) {
      if (leftOut.has(step.stepId) && step.needs.every((each) => chosen.has(each))) {
        leftOut.delete(step.stepId);
        chosen.add(step.stepId);
        returned.push(step.stepId);
      }
    }
    return returned;
  }

  function describeMoves(step, checked, moved, returned) {
    const begin = (ids) => capitalize(joinNames(ids.map(name)));
    const sentences = [];
    if (moved.length && checked) {
      sentences.push(`${begin(moved)} ${moved.length > 1 ? "are" : "is"} back: ${name(step.stepId)} needs ${moved.length > 1 ? "them" : "it"}.`);
    } else if (moved.length) {
      sentences.push(`${begin(moved)} left out: ${moved.length > 1 ? "they need" : "it needs"} ${name(step.stepId)}.`);
    }
    if (returned.length) sentences.push(`${begin(returned)} ${returned.length > 1 ? "are" : "is"} back.`);
    return sentences.join(" ");
  }

  // A part may cost so little that the chat may confirm it: only the gateway knows the limits.
  async function readConsent() {
    if (!app.may("page_plan_read") || chosen.size === 0) return;
    const turn = ++asked;
    const args = { planId: plan.planId, ...(isWhole() ? {} : { stepIds: listChosen() }) };
    const result = await host.callTool("page_plan_read", args).catch(() => null);
    const facts = result?.structuredContent;
    if (turn !== asked || !facts || result.isError) return;
    consent = facts.consent;
    app.redraw();
  }

  const listChosen = () => steps.filter((step) => chosen.has(step.stepId)).map((step) => step.stepId);

  async function decide(tool, args) {
    busy = true;
    problem = null;
    app.draw();
    let result;
    try {
      result = await host.callTool(tool, { planId: plan.planId, ...args });
    } catch (error) {
      result = { isError: true, structuredContent: { error: { message: "The host did not pass it on.", hint: error.message } } };
    }
    busy = false;
    const refusal = result.structuredContent?.error;
    // The answer to Reject has no steps: they are still those on the card.
    const facts = { ...plan, ...result.structuredContent };
    if (!result.isError) return app.show({ _meta: { [DATA_KEY]: data }, ...result, structuredContent: facts }, { acted: true });
    needsPage = refusal?.code === "approval_required";
    problem = needsPage
      ? ["This cannot be approved in the chat.", "Nothing was spent. Approve it on the page."]
      : [refusal?.message ?? "It was refused.", refusal?.hint];
    return app.draw();
  }

  const approve = () => decide(runTool(), {
    planHash: plan.planHash, maxTotalUsd: formatUsd(total()).slice(1).replaceAll(",", ""),
    ...(runTool() === "page_plan_run" ? { approve: true } : { waitSeconds: 0, preview: false }),
    ...(isWhole() ? {} : { stepIds: listChosen() }),
  });

  function buildRow(step, isOpen) {
    const needs = step.needs.filter((each) => byId.has(each)).map(name);
    const source = step.pictures[0];
    const look = source && app.may("page_plan_picture", "media_preview")
      ? buildPicture(`${plan.planId}/${source.sha256}`, null, "", () => loadInput(step.pictures[0]), { width: 72, height: 54 })
      : buildIcon(step.kind);
    const what = build("span", { class: "what" },
      build("span", {}, build("b", {}, step.name), `, ${step.product}`),
      step.gist ? build("q", { class: "gist" }, step.gist) : null,
      step.measures ? build("small", { class: "measures" }, step.measures) : null);
    const line = [build("span", { class: "look" }, look), what, build("span", { class: "price" }, formatPrice(step.price))];
    const box = () => build("input", {
      type: "checkbox", id: `on-${step.stepId}`, checked: chosen.has(step.stepId), disabled: busy,
      onchange: (event) => choose(step, event.target.checked),
    });
    const hasBox = isOpen && steps.length > 1;
    return build("li", {},
      hasBox ? build("label", { class: "line" }, box(), ...line) : build("p", { class: "line" }, ...line),
      isOpen && needs.length ? build("p", { class: "why" }, `Needs ${joinNames(needs, needs.length)}.`) : null,
      ...(step.warnings ?? []).map((each) => build("p", { class: "why" }, String(each.message))));
  }

  const loadInput = (source) => app.may("page_plan_picture")
    ? loadPicture("page_plan_picture", { planId: plan.planId, sha256: source.sha256 })
    : /^(asset|job):\/\//.test(source.source) ? loadPicture("media_preview", { ref: source.source }) : Promise.resolve(null);

  function buildDecision() {
    const price = formatPrice(total());
    const hint = isShort() ? `${told} The balance is below the price.` : told || (isAbove()
      ? `${consent === "approve" ? "It is above what may be approved in the chat. " : ""}Nothing is spent until you approve on the page.`
      : "Nothing is spent until you approve.");
    const main = isAbove()
      ? buildLink(plan.approvalUrl, "Approve on the page", "button")
      : build("button", { id: "approve", disabled: busy || chosen.size === 0 || isShort(), onclick: approve }, `Approve ${price}`);
    const credit = isShort() && isWebUrl(plan.approvalUrl) ? buildLink(new URL("/credits", plan.approvalUrl).href, "Add credit", "button quiet") : null;
    const reject = app.may("plan_reject")
      ? build("button", { class: "quiet", id: "reject", disabled: busy, onclick: () => decide("plan_reject", {}) }, "Reject") : null;
    const count = steps.length > 1 ? `${chosen.size} of ${steps.length} · ` : "";
    return build("div", { class: "decide" },
      build("p", { class: told || isShort() ? "told now" : "told", role: "status" }, hint.trim()),
      problem ? buildNotice(problem, "problem") : null,
      build("div", { class: "tally" }, build("b", {}, `${count}${price}`), buildExact(total()),
        balance !== null && !isShort()
          ? build("span", {}, `Leaves ${formatBalance(balance - total())}`) : null),
      build("p", { class: "actions" }, main, credit, reject));
  }

  function buildIntroduction() {
    const asker = data.origin === "agent" ? "The studio's agent" : "The assistant";
    const left = secondsLeft();
    const expires = left === null ? "" : `Expires in ${formatDuration(left)}.`;
    const fails = data.onFailure === "continue" ? "only the steps that need it are skipped" : "the steps after it are skipped";
    const failure = steps.length > 1 ? ` If a step fails, ${fails} and cost nothing.` : "";
    return [
      data.title ? build("p", {}, `${asker} calls it `, build("q", {}, data.title), ".") : null,
      build("p", { class: "quiet-text" }, `${expires}${failure}`,
        data.livemode === false ? build("span", { class: "mode" }, "Test: play money") : null),
    ];
  }

  function secondsLeft() {
    const end = Date.parse(plan.expiresAt);
    return Number.isNaN(end) ? plan.secondsLeft ?? null : Math.max(0, (end - Date.now()) / 1000);
  }

  return {
    isOpen: () => plan.state === "pending" && !busy,
    build() {
      const isOpen = plan.state === "pending" && (secondsLeft() ?? 1) > 0;
      const state = isOpen ? "pending" : plan.state === "pending" ? "expired" : plan.state;
      const ended = state === "expired"
        ? "Nobody approved it within 15 minutes. Nothing was spent; ask for a new plan." : "Nothing was spent.";
      return build("section", { class: isOpen ? "approval" : "approval dead" },
        build("h1", {}, PLAN_HEADINGS[state] ?? "Plan"),
        ...(isOpen ? buildIntroduction() : [build("p", { role: "status" }, ended)]),
        build("ol", { class: "steps", "aria-label": `${steps.length} step${steps.length > 1 ? "s" : ""}` },
          ...steps.map((step) => buildRow(step, isOpen))),
        isOpen ? buildDecision() : null);
    },
  };
}
