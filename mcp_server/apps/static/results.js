// What was made: a grid, one result in full, and what can be done next with it.
const NOUNS = { image: "picture", video: "video", audio: "sound" };

function readOutputs(facts, data) {
  const listed = Array.isArray(facts.data) && facts.data[0]?.outputIndex !== undefined ? facts.data : [];
  const extra = new Map((data.outputs ?? []).map((each) => [`${each.jobId}/${each.index}`, each]));
  const single = listed.map((each) => ({ ...each, index: each.outputIndex, ...extra.get(`${each.jobId}/${each.outputIndex}`) }));
  const ofJobs = readJobs(facts, data).flatMap((job) => (job.outputs ?? []).map((output) => ({
    ...output, jobId: job.jobId, task: job.task, title: job.title, prompt: job.prompt,
    seed: Number.isSafeInteger(job.seed) ? job.seed + output.index : null,
  })));
  return [...single, ...ofJobs].map((each) => ({ ...each, key: `${each.jobId}/${each.index}` }));
}

const isStored = (output) => output.state === "available" && isWebUrl(output.url);
const nameOutput = (output) => output.name || (output.prompt ? shorten(output.prompt) : capitalize(NOUNS[output.kind] ?? "result"));

function describeShape(output) {
  return output.width && output.height ? `${output.width} × ${output.height}` : "";
}

function describeFile(output) {
  const kind = String(output.mimeType ?? "").split("/")[1]?.toUpperCase() ?? "";
  if (!output.bytes) return kind;
  const size = output.bytes >= 1_000_000 ? `${(output.bytes / 1_000_000).toFixed(1)} MB` : `${Math.ceil(output.bytes / 1000)} kB`;
  return `${kind}, ${size}`;
}

function createResultsView(app, facts, data) {
  const outputs = readOutputs(facts, data);
  const jobs = readJobs(facts, data);
  // Of the app: a result of the next read must not close what is open, nor take what is typed.
  const look = app.looking;
  const only = () => (outputs.length === 1 ? outputs[0] : null);
  const opened = () => outputs.find((output) => output.key === look.opened) ?? only();
  const isKept = (output) => Boolean(output.assetId ?? look.kept.get(output.key));

  const preview = (output) => () => app.may("media_preview") ? loadPicture("media_preview", { ref: `job://${output.key}` }) : Promise.resolve(null);

  function buildTile(output) {
    const small = output.kind === "video" ? output.posterUrl : output.previewUrl ?? output.url;
    const inner = !isStored(output)
      ? [buildMoon("expired"), build("span", { class: "badge" }, "No longer stored")]
      : output.kind === "audio" ? [buildIcon("audio")] : [buildPicture(`small/${output.key}`, small, "", preview(output))];
    const badge = output.durationSeconds ? build("span", { class: "badge" }, formatDuration(output.durationSeconds)) : null;
    return build("li", {}, build("button", {
      class: "tile", id: `tile-${output.key}`, onclick: () => { look.opened = output.key; app.draw("#back"); },
    }, build("span", { class: "unseen" }, `Open ${NOUNS[output.kind] ?? "result"}: ${nameOutput(output)}. `), ...inner, badge));
  }

  async function act(name, tool, args, done) {
    look.busy = name;
    app.tell(null);
    const result = await host.callTool(tool, args).catch((error) => ({ isError: true, structuredContent: { error: { message: "The host did not pass it on.", hint: error.message } } }));
    look.busy = "";
    const refusal = result.structuredContent?.error;
    if (result.isError) app.tell([refusal?.message ?? "It was refused.", refusal?.hint], "problem");
    else done(result);
    app.draw();
  }

  const repeat = (output, args) => act("again", "page_job_again", { jobId: output.jobId, outputIndex: output.index, ...args },
    (result) => app.push(result));
  const keep = (output) => act("keep", "page_output_keep", { jobId: output.jobId, outputIndex: output.index }, (result) => {
    look.kept.set(output.key, result.structuredContent?.assetId ?? "kept");
    app.tell(["Kept in your library."]);
  });

  // Its address may have ended while the page stood still.
  function readAgain() {
    if (look.hasReadAgain) return;
    look.hasReadAgain = true;
    app.refresh();
  }

  function buildStage(output) {
    const title = nameOutput(output);
    if (!isStored(output)) {
      return build("div", { class: "stage none" }, buildMoon("expired"), build("p", {}, build("strong", {}, "No longer stored")));
    }
    if (output.kind === "video") {
      return build("div", { class: "stage" }, build("video", { controls: true, playsinline: true, preload: "none", loop: true,
        onplay: () => { look.opened = output.key; }, onerror: readAgain,
        poster: isWebUrl(output.posterUrl) ? output.posterUrl : null, src: output.url, "aria-label": title, width: output.width, height: output.height }));
    }
    if (output.kind === "audio") {
      return build("div", { class: "stage none" }, buildIcon("audio"), build("audio", { onplay: () => { look.opened = output.key; }, onerror: readAgain, controls: true, preload: "none", src: output.url, "aria-label": title }));
    }
    return build("div", { class: "stage" }, buildPicture(`large/${output.key}`, output.url, title, preview(output), { width: output.width, height: output.height }));
  }

  function buildFacts(output) {
    const entries = [["Size", describeShape(output)], ["Length", output.durationSeconds ? `${Number(output.durationSeconds.toPrecision(3))} s` : ""],
      ["File", describeFile(output)], ["Seed", output.seed ?? ""], ["Stored until", isKept(output) ? "Kept" : formatTime(output.expiresAt)]];
    return build("dl", { class: "made" }, ...entries.filter(([, words]) => words !== "").map(([label, words]) =>
      build("div", {}, build("dt", {}, label), build("dd", {}, String(words)))));
  }

  function formatTime(text) {
    const time = new Date(text ?? NaN);
    return Number.isNaN(time.getTime()) ? "" : time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  }

  function buildSeedForm(output) {
    const words = build("textarea", { id: "again-prompt", rows: 3, maxlength: 4000, value: look.seedForm.words });
    words.addEventListener("input", () => { look.seedForm.words = words.value; });
    const send = () => repeat(output, look.seedForm.words.trim() ? { prompt: look.seedForm.words } : {});
    // No form: a frame without allow-forms stops the event of one before a script sees it.
    return build("div", { class: "again", role: "group", "aria-label": "The same seed" },
      build("label", { for: "again-prompt" }, "Prompt"),
      words, build("p", { class: "hint" }, "The same seed keeps what the words do not change."),
      build("p", { class: "actions" }, build("button", { type: "button", id: "again-send", disabled: look.busy !== "", onclick: send }, "Show the price"),
        build("button", { class: "quiet", type: "button", id: "again-close", onclick: () => { look.seedForm = null; app.draw("#again"); } }, "Close")));
  }

  function buildActions(output) {
    const canRepeat = app.may("page_job_again") && output.seed !== null && output.seed !== undefined;
    const openForm = async () => {
      look.opened = output.key;
      look.seedForm = { words: output.isPromptCut ? await readPrompt(output) : output.prompt ?? "" };
      app.draw("#again-prompt");
    };
    return build("p", { class: "actions" },
      isStored(output) ? buildLink(output.url, "Full size", "button quiet") : null,
      canRepeat ? build("button", { class: "quiet", id: "again", disabled: look.busy !== "", "aria-expanded": String(look.seedForm !== null), onclick: openForm }, "Same seed") : null,
      canRepeat ? build("button", { class: "quiet", id: "vary", disabled: look.busy !== "", onclick: () => repeat(output, { newSeed: true }) }, "Vary") : null,
      isStored(output) && app.may("page_output_keep")
        ? build("button", { class: "quiet", id: "keep", disabled: look.busy !== "" || isKept(output), onclick: () => keep(output) }, isKept(output) ? "Kept" : "Keep") : null);
  }

  // Of a long prompt a list has the beginning; without the whole the form stays empty, and an empty
  // form leaves the prompt as it was.
  async function readPrompt(output) {
    const asked = { jobId: output.jobId, waitSeconds: 0, preview: false };
    const result = await host.callTool("media_job_get", asked).catch(() => null);
    return result?._meta?.[DATA_KEY]?.jobs?.[0]?.prompt ?? "";
  }

  function buildOne(output) {
    return build("section", { class: "one" },
      build("h1", {}, capitalize(NOUNS[output.kind] ?? "Result")),
      ...(outputs.length === 1 ? buildEnd() : []),
      buildStage(output),
      output.prompt ? build("p", { class: "said" }, output.prompt) : null,
      buildActions(output),
      look.seedForm ? buildSeedForm(output) : null,
      buildFacts(output));
  }

  function describeEnd() {
    const charged = facts.chargedUsd ?? (jobs.length === 1 ? jobs[0].chargedUsd : null);
    const words = facts.outcome ? `${OUTCOMES[facts.outcome] ?? facts.outcome}.` : jobs.length === 1 && jobs[0].status !== "succeeded" ? `It ${jobs[0].status === "canceled" ? "was canceled" : jobs[0].status}.` : "";
    const cost = charged !== null && charged !== undefined ? ` Charged: ${formatUsd(parseUsd(charged))}.` : "";
    return `${words}${cost}`.trim();
  }

  function listReasons() {
    const reasons = [facts.error, ...jobs.map((job) => job.error), ...(facts.steps ?? []).map((step) => step.error)];
    return [...new Set(reasons.filter(Boolean).map((each) => each.message))].slice(0, 3);
  }

  function buildEnd() {
    const reasons = listReasons();
    const end = describeEnd();
    return [end ? build("p", { class: "quiet-text" }, end) : null, reasons.length ? buildNotice(reasons, "problem") : null];
  }

  return {
    outputs,
    // What the section draws, but for addresses: each read signs them anew.
    mark() {
      const open = opened();
      const shown = (open ? [open] : outputs).map(({ url, posterUrl, previewUrl, ...output }) => [output, isKept(output), isWebUrl(url)]);
      const state = [look.seedForm !== null, look.busy, app.can];
      const end = open && outputs.length > 1 ? [] : [describeEnd(), listReasons()];
      return JSON.stringify([open?.key ?? null, shown, state, end]);
    },
    // What stays drawn gets the addresses of this read: those of the first one end.
    renewAddresses(section) {
      const output = opened();
      if (!output || !isStored(output)) return;
      const media = section.querySelector("video, audio");
      if (media?.readyState === 0 && (media.paused || media.error) && media.getAttribute("src") !== output.url) media.src = output.url;
      const link = section.querySelector("a.button");
      if (link) link.href = output.url;
    },
    buildBack() {
      const open = opened();
      if (!open || outputs.length < 2) return null;
      const close = () => { Object.assign(look, { opened: null, seedForm: null }); app.draw(`tile-${open.key}`); };
      return build("p", { class: "back" }, build("button", { class: "link", id: "back", onclick: close }, "All results"));
    },
    build() {
      const open = opened();
      if (open) return buildOne(open);
      return build("section", {},
        build("h1", {}, outputs.length ? `${outputs.length} results` : "No results"),
        ...buildEnd(),
        outputs.length ? build("ul", { class: "tiles" }, ...outputs.map(buildTile)) : null);
    },
  };
}
