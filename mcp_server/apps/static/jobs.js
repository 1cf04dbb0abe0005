// What runs: each job with its stage, how far it is, and a way to stop it.
const OPEN_STATES = new Set(["queued", "running"]);
const STEP_STATES = {
  pending: ["queued", "not run"], dropped: ["canceled", "left out"], waiting: ["queued", "waiting"],
  submitted: ["running", "running"], succeeded: ["succeeded", "succeeded"], failed: ["failed", "failed"],
  canceled: ["canceled", "canceled"], skipped: ["canceled", "skipped"],
};
const OUTCOMES = {
  running: "It is running", succeeded: "It succeeded", partial: "It ended with only some of its steps",
  failed: "It failed", canceled: "It was canceled",
};

const isOpen = (job) => OPEN_STATES.has(job?.status);

// The jobs of a result: the facts, and the words and stages that came with them.
function readJobs(facts, data) {
  const described = new Map((data.jobs ?? []).map((job) => [job.jobId, job]));
  const listed = Array.isArray(facts.jobs) ? facts.jobs : Array.isArray(facts.data) ? facts.data : facts.jobId ? [facts] : [];
  const known = listed.filter((job) => job.outputIndex === undefined);
  const missing = [...described.values()].filter((job) => !known.some((each) => each.jobId === job.jobId));
  return [...known, ...missing].map((job) => ({
    outputs: [], percent: job.progress?.percent, stage: job.progress?.stage, etaSeconds: job.progress?.etaSeconds,
    chargedUsd: job.billing?.chargedUsd, ...job, ...described.get(job.jobId),
  }));
}

function createProgressView(app, facts, data) {
  const jobs = readJobs(facts, data);
  const byId = new Map(jobs.map((job) => [job.jobId, job]));
  const steps = facts.planId ? readSteps(facts, data) : [];
  const rows = steps.length ? steps.map((step) => ({ step, job: byId.get(step.jobId) })) : jobs.map((job) => ({ job }));
  const stopping = app.stopping;

  async function cancel(job) {
    stopping.add(job.jobId);
    app.draw();
    const result = await host.callTool("media_job_cancel", { jobId: job.jobId }).catch((error) => ({ isError: true, error }));
    const refusal = result.structuredContent?.error;
    if (result.isError) {
      stopping.delete(job.jobId);
      app.tell([refusal?.message ?? "It could not be canceled.", refusal?.hint], "problem");
    }
    app.refresh();
  }

  function describe({ step, job }) {
    const [, words] = STEP_STATES[step?.state] ?? [];
    if (!isOpen(job)) return job && !step ? job.status : words ?? "waiting";
    if (stopping.has(job.jobId)) return "stopping";
    if (job.status === "queued") return job.queuePosition ? `queued, number ${job.queuePosition}` : "queued";
    const left = job.etaSeconds ? `, about ${formatDuration(job.etaSeconds)} left` : "";
    return `${job.stage ?? "running"}${left}`;
  }

  function buildRow(row) {
    const { step, job } = row;
    const state = job ? job.status : (STEP_STATES[step.state] ?? ["queued"])[0];
    const percent = job?.percent ?? step?.percent ?? 0;
    const title = step ? [build("b", {}, step.name), `, ${step.product}`] : [build("b", {}, job.title ?? capitalize(TASK_TITLES[job.task] ?? "Job"))];
    const gist = step?.gist || job?.prompt;
    const name = step ? step.name : "the job";
    const label = `Progress of ${name.toLowerCase()}`;
    const reason = job?.error?.message ?? step?.error?.message;
    const what = build("span", { class: "what" },
      build("span", {}, ...title),
      gist ? build("q", { class: "gist" }, gist) : null,
      build("small", { class: state === "failed" ? "phase wrong" : "phase" }, capitalize(describe(row))),
      reason ? build("small", { class: "wrong" }, reason) : null,
      isOpen(job) ? build("progress", { max: 100, value: job.status === "running" ? percent : undefined, "aria-label": label }) : null);
    const stop = isOpen(job) && app.may("media_job_cancel")
      ? build("button", {
        class: "quiet small", id: `cancel-${job.jobId}`, disabled: stopping.has(job.jobId), onclick: () => cancel(job),
      }, "Cancel", build("span", { class: "unseen" }, ` ${name.toLowerCase()}`)) : null;
    return build("li", {},
      build("div", { class: "line run" }, build("span", { class: "look" }, buildMoon(state, percent)), what), stop);
  }

  function describeAll() {
    const wanted = rows.filter(({ step }) => step?.state !== "dropped");
    const done = wanted.filter(({ step, job }) => (job ? !isOpen(job) : !["waiting", "submitted"].includes(step.state)));
    return wanted.length > 1 ? `${done.length} of ${wanted.length} done. ` : "";
  }

  return {
    isRunning: facts.outcome === "running" || jobs.some(isOpen),
    build() {
      return build("section", { class: "approval" },
        build("h1", {}, "In progress"),
        build("p", { class: "quiet-text", role: "status" },
          `${describeAll()}It goes on if you close this. Only what succeeds is charged.`),
        build("ol", { class: "steps" }, ...rows.map(buildRow)));
    },
  };
}
