// The page: which view a result is drawn by, when it is read again, and how it fits its host.
const page = document.getElementById("page");
const root = document.documentElement;
const POLL_SECONDS = 2;
const MOST_POLL_SECONDS = 30;
const WAIT_SECONDS = 5; // that one read waits for news
const MOST_READ_JOBS = 4; // of a list, in one turn
const TICK_SECONDS = 20; // between two drawings of the time that a plan has left

const app = {
  stack: [],
  view: null,
  progress: null,
  notice: null,
  can: [],
  stopping: new Set(),
  ended: new Map(), // what is known of jobs that have ended: they are not read again
  looking: newLook(), // what the person looks at and types, which outlives each new result
  drawn: null,
  isHeld: false,
  isStale: false,
  failures: 0,
  timer: 0,

  may: (...names) => host.can("serverTools") && names.some((name) => app.can.includes(name)),

  tell(words, look = "notice") {
    app.notice = words ? buildNotice(words, look) : null;
    app.draw();
  },

  // A result of a tool: given by the host, or the answer to a call of this page.
  show(result, { acted = false } = {}) {
    const facts = result.structuredContent ?? {};
    const data = app.recall(facts, result._meta?.[DATA_KEY] ?? {});
    if (data.can) app.can = data.can;
    app.result = result;
    app.progress = null;
    if (acted) {
      app.notice = null;
      const words = facts.state === "rejected" ? "rejected" : "confirmed";
      if (facts.planId) host.tellModel(`Plan ${facts.planId} was ${words} in its page. plan_get shows it; do not execute or prepare it again.`).catch(() => {});
    }
    const plan = facts.planId && facts.steps ? facts : data.plan;
    if (facts.error && !plan) app.view = createProblemView(facts.error);
    else if (plan && plan.state !== "executed") app.view = createPlanView(app, plan, data);
    else app.showRun(plan ?? facts, data);
    if (acted) app.draw("h1"); else app.redraw();
    app.schedule();
  },

  // The data with what an earlier result said of jobs that have ended.
  recall(facts, data) {
    for (const job of data.jobs ?? []) {
      if (!job.status || isOpen(job)) continue;
      app.ended.set(job.jobId, job);
      app.stopping.delete(job.jobId);
    }
    const jobIds = new Set((data.jobs ?? []).map((job) => job.jobId));
    const others = app.listEnded(facts.planId ? facts : data.plan).filter((jobId) => !jobIds.has(jobId));
    return { ...data, jobs: [...others.map((jobId) => app.ended.get(jobId)), ...(data.jobs ?? [])] };
  },

  listEnded: (plan) => (plan?.jobIds ?? []).filter((jobId) => app.ended.has(jobId)),

  showRun(facts, data) {
    const progress = createProgressView(app, facts, data);
    const results = createResultsView(app, facts, data);
    if (progress.isRunning) app.progress = progress;
    app.view = progress.isRunning && results.outputs.length === 0 ? null : results;
  },

  push(result) {
    app.stack.push({ result: app.result, view: app.view, progress: app.progress, looking: app.looking });
    app.looking = newLook();
    app.show(result);
    app.draw("h1");
  },

  pop() {
    Object.assign(app, app.stack.pop(), { notice: null });
    app.draw("h1");
    app.schedule();
  },

  // Draw what changed by itself, but not while a key or a button is held: its release would meet
  // another element than its press, and be lost.
  redraw() {
    if (app.isHeld) app.isStale = true; else app.draw();
  },

  release() {
    app.isHeld = false;
    if (app.isStale) app.draw();
  },

  draw(focus = null) {
    app.isStale = false;
    const active = page.contains(document.activeElement) ? document.activeElement.id : "";
    const back = app.stack.length
      ? build("p", { class: "back" }, build("button", { class: "link", id: "back-to-results", onclick: app.pop }, "Back to the results")) : null;
    const before = [back, app.notice, app.progress?.build(), app.view?.buildBack?.()].filter(Boolean);
    const mark = app.view?.mark?.();
    if (mark !== undefined && app.drawn?.mark === mark && app.drawn.section.parentNode === page) {
      // What is drawn is still right, so it stays as it is: a clip plays on, a text is typed on.
      const { section } = app.drawn;
      while (page.firstChild !== section) page.firstChild.remove();
      section.before(...before);
      app.view.renewAddresses(section);
    } else {
      const section = app.view?.build();
      page.replaceChildren(...before, ...(section ? [section] : []));
      app.drawn = { mark, section };
    }
    // Two views on one page: the second heading is below the first.
    [...page.querySelectorAll("h1, h2")].forEach((heading, place) => {
      const tag = place === 0 ? "h1" : "h2";
      if (heading.localName !== tag) heading.replaceWith(build(tag, {}, ...heading.childNodes));
    });
    page.removeAttribute("aria-busy");
    if (focus !== null || document.activeElement?.id !== active) app.focus(focus ?? active);
    sendSize();
  },

  focus(target) {
    if (!target) return;
    const found = target === "h1" ? page.querySelector("h1") : document.getElementById(target.replace(/^#/, ""));
    if (target === "h1") found?.setAttribute("tabindex", "-1");
    found?.focus({ preventScroll: true });
  },

  // What is open is read again; a plan that waits for the approval page, more rarely.
  schedule() {
    clearTimeout(app.timer);
    if (!host.can("serverTools")) return;
    const facts = app.result?.structuredContent ?? {};
    const data = app.result?._meta?.[DATA_KEY] ?? {};
    const plan = facts.planId ? facts : data.plan;
    const isPending = plan?.state === "pending" && plan.requiresHumanApproval;
    if (!app.progress?.isRunning && !isPending) return;
    const seconds = Math.min((isPending ? 3 : 1) * POLL_SECONDS * 2 ** app.failures, MOST_POLL_SECONDS);
    app.timer = setTimeout(app.refresh, (document.hidden ? 5 : 1) * seconds * 1000);
  },

  async refresh() {
    clearTimeout(app.timer);
    const before = app.result;
    const facts = before?.structuredContent ?? {};
    const planId = facts.planId ?? before?._meta?.[DATA_KEY]?.plan?.planId;
    const call = planId ? app.readPlan(planId, facts)
      : facts.jobId ? host.callTool("media_job_get", { jobId: facts.jobId, waitSeconds: WAIT_SECONDS, preview: false })
      : app.readListed(before);
    const result = await call.catch(() => null);
    if (app.result !== before) return;
    app.failures = result && !result.isError ? 0 : app.failures + 1;
    // A plan that is still to be decided keeps what is checked.
    const isSame = result?.structuredContent?.state === "pending" && (hasData(before) || !hasData(result));
    if (result && !result.isError && !isSame) app.show(result);
    else app.schedule();
  },

  readPlan(planId, facts) {
    if (!app.may("page_plan_read")) return host.callTool("plan_get", { planId, waitSeconds: 0 });
    const wait = facts.version === undefined ? {} : { sinceVersion: facts.version, waitSeconds: WAIT_SECONDS };
    return host.callTool("page_plan_read", { planId, ...wait, knownJobIds: app.listEnded(facts) });
  },

  // A list is as old as its call: of its jobs those that were open are read one by one.
  async readListed(before) {
    const facts = before?.structuredContent ?? {};
    const data = before?._meta?.[DATA_KEY] ?? {};
    const open = readJobs(facts, data).filter(isOpen).slice(0, MOST_READ_JOBS);
    const args = { waitSeconds: 0, preview: false };
    const read = await Promise.all(open.map(({ jobId }) => host.callTool("media_job_get", { jobId, ...args })));
    const good = read.filter((each) => !each.isError);
    if (good.length === 0) return null;
    const told = new Map(good.map((each) => [each.structuredContent.jobId, each.structuredContent]));
    const described = new Map(good.flatMap((each) => each._meta?.[DATA_KEY]?.jobs ?? []).map((job) => [job.jobId, job]));
    for (const job of told.values()) if (!isOpen(job)) app.stopping.delete(job.jobId);
    return {
      ...before,
      structuredContent: { ...facts, data: (facts.data ?? []).map((job) => ({ ...job, ...told.get(job.jobId) })) },
      _meta: { ...before._meta, [DATA_KEY]: { ...data, jobs: (data.jobs ?? []).map((job) => ({ ...job, ...described.get(job.jobId) })) } },
    };
  },
};

const hasData = (result) => result?._meta?.[DATA_KEY] !== undefined;

function newLook() {
  return { opened: null, seedForm: null, busy: "", kept: new Map() };
}

const MISTAKES = new Set(["invalid_input", "conflicting_input", "storyboard_syntax", "shot_incomplete"]);

// The details of a mistake are in the assistant's words: it reads them and calls again.
function createProblemView(error) {
  const words = MISTAKES.has(error.code)
    ? ["The request had a mistake, which the assistant can correct.", "Nothing was done or charged."]
    : [error.message, error.hint];
  return { build: () => build("section", {}, build("h1", {}, "It was refused"), buildNotice(words, "problem")) };
}

function fit(context) {
  if (context.theme === "light" || context.theme === "dark") root.dataset.theme = context.theme;
  const font = context.styles?.variables?.["--font-sans"];
  if (typeof font === "string") root.style.setProperty("--host-font", font);
  const insets = context.safeAreaInsets;
  if (insets) for (const side of ["top", "right", "bottom", "left"]) page.style.setProperty(`padding-${side}`, `${Number(insets[side]) || 0}px`);
}

let sentSize = "";
function sendSize() {
  const { width, height } = root.getBoundingClientRect();
  const size = [Math.ceil(width), Math.ceil(height)];
  if (String(size) === sentSize) return;
  sentSize = String(size);
  host.sendSize(...size);
}

host.on("ui/notifications/tool-input", ({ arguments: given }) => {
  if (app.result) return;
  const words = typeof given?.prompt === "string" ? build("p", { class: "said" }, shorten(given.prompt, 200)) : null;
  page.replaceChildren(build("h1", {}, `${root.dataset.waiting} …`), ...(words ? [words] : []));
  sendSize();
});
host.on("ui/notifications/tool-result", (result) => {
  app.stack.length = 0;
  app.looking = newLook();
  app.show(result);
  // An old chat shows old results: a plan may have been decided since, a job may have ended.
  // A server that cannot know what its client shows gives the data when the page asks for it.
  const facts = result.structuredContent ?? {};
  const lacksData = !hasData(result) && (facts.planId || facts.jobId);
  if ((facts.state === "pending" || lacksData) && !result.isError && host.can("serverTools")) app.refresh();
});
host.on("ui/notifications/tool-cancelled", () => {
  if (!app.result) page.replaceChildren(build("h1", {}, "Canceled"), build("p", {}, "The call was stopped. Ask in the chat how it stands."));
  sendSize();
});
host.on("ui/notifications/host-context-changed", fit);
for (const name of ["keydown", "pointerdown"]) window.addEventListener(name, () => { app.isHeld = true; });
// Later than the release itself, which may check a box.
for (const name of ["keyup", "pointerup", "pointercancel", "contextmenu", "blur"]) window.addEventListener(name, () => setTimeout(app.release));
const ticks = setInterval(() => { if (app.view?.isOpen?.()) app.redraw(); }, TICK_SECONDS * 1000);
host.on("teardown", () => {
  clearTimeout(app.timer);
  clearInterval(ticks);
});
host.connect({ name: "killatamata", version: root.dataset.version }).then((context) => {
  fit(context);
  new ResizeObserver(sendSize).observe(root);
  sendSize();
}).catch(() => {});
