// What a program needs so that it never pays twice: keys and jobs on errors, answers that are none.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import * as client from "../../../wellknown/npm_package/index.js";
import { getError, JOB, sendJson, serve } from "./scripted.mjs";

const INPUT = { prompt: "a fox" };
const MIB = 2 ** 20;
const LARGE = new Blob([new Uint8Array(11 * MIB)]);

/** Serve uploads and jobs; `lost` takes a path and returns true if its answer is lost. */
async function serveUploads(test, lost) {
  const served = await serve(test, (request, response) => {
    const path = request.url.split("?")[0];
    if (lost(path)) request.socket.destroy();
    else if (path.endsWith("/upload-link")) sendJson(response, { uploadUrl: `${served.baseUrl}/up` });
    else if (path === "/up") sendJson(response, { assetId: "ast_1" });
    else if (path.endsWith("/prepare")) sendJson(response, { planId: "plan_1" });
    else sendJson(response, JOB, 202);
  });
  return served;
}

function listKeys(requests, path) {
  const matching = requests.filter((each) => each.url.split("?")[0].endsWith(path));
  return matching.map((each) => each.headers["x-idempotency-key"]);
}

test("a submit that follows the keys of its errors is one job", async (test) => {
  const losses = ["/api/v1/media/jobs", "/api/v1/studio/assets/upload-link", "/up"];
  const { connect, requests } = await serveUploads(test, (path) => {
    if (path !== losses[0]) return false;
    losses.shift();
    return true;
  });
  const keys = [];
  for (let tries = 1; tries <= 3; tries++) {
    const options = keys.length > 0 ? { idempotencyKey: keys.at(-1) } : {};
    const submit = connect().submit("image.upscale", { image: LARGE, scale: 2 }, options);
    keys.push((await getError(submit)).idempotencyKey);
  }
  await connect().submit("image.upscale", { image: LARGE, scale: 2 }, { idempotencyKey: keys[2] });
  assert.equal(new Set([...keys, ...listKeys(requests, "/media/jobs")]).size, 1);
  assert.equal(listKeys(requests, "/media/jobs").length, 2);
});

test("an error of an upload has the key of the write that it is for", async (test) => {
  const { connect, requests } = await serveUploads(test, (path) => path === "/up");
  const image = { image: LARGE, scale: 2 };
  const writes = [
    (options) => connect().run("image.upscale", image, options),
    (options) => connect().jobs.quoteAll([{ task: "image.upscale", input: image }], options),
    (options) => connect().plans.prepare([{ operation: "image.upscale", input: image }], options),
    (options) => connect().upload(LARGE, options),
  ];
  for (const write of writes) {
    const error = await getError(write({ idempotencyKey: "mine" }));
    assert.deepEqual([error.name, error.idempotencyKey], ["ConnectionFailed", "mine"]);
  }
  assert.equal(listKeys(requests, "/upload-link").includes("mine"), false);
});

test("an aborted signal leaves the key and the job on an error of the client", async (test) => {
  let abort = new AbortController();
  let isHanging = true;
  const { connect } = await serve(test, (request, response) => {
    if (request.method === "POST" && !isHanging) sendJson(response, JOB, 202);
    else abort.abort(new DOMException("enough", "TimeoutError"));
  });
  const submit = connect().submit("image.generate", INPUT, { signal: abort.signal });
  const lost = await getError(submit);
  assert.ok(lost instanceof client.Aborted && lost.idempotencyKey);
  assert.equal(lost.cause.name, "TimeoutError");
  isHanging = false;
  abort = new AbortController();
  const run = connect().run("image.generate", INPUT, { signal: abort.signal });
  const stopped = await getError(run);
  assert.ok(stopped instanceof client.Aborted && stopped.idempotencyKey);
  assert.equal(stopped.jobId, "job_1");
});

test("a pause between two tries ends with the signal, and keeps the key", async (test) => {
  const abort = new AbortController();
  const { connect } = await serve(test, (_, response) => {
    response.writeHead(503, { "retry-after": "30" }).end();
    setTimeout(() => abort.abort("enough"), 20);
  });
  const patient = connect({ maxRetries: 2 });
  const error = await getError(patient.submit("image.generate", INPUT, { signal: abort.signal }));
  assert.ok(error instanceof client.Aborted && error.idempotencyKey);
  assert.equal(error.cause, "enough");
});

test("what a callback of a run throws has the job and the key", async (test) => {
  const { connect } = await serve(test, (_, response) => sendJson(response, JOB, 202));
  const own = new RangeError("mine");
  const fail = (thrown) => ({
    onStatus: () => {
      throw thrown;
    },
  });
  const error = await getError(connect().run("image.generate", INPUT, fail(own)));
  assert.equal(error, own);
  assert.ok(error.jobId === "job_1" && error.idempotencyKey);
  const text = await getError(connect().run("image.generate", INPUT, fail("a text")));
  assert.deepEqual([text.message, text.cause, text.jobId], ["a text", "a text", "job_1"]);
  for (const thrown of [{ reason: "mine" }, Object.create(null), Symbol("mine"), undefined]) {
    const other = await getError(connect().run("image.generate", INPUT, fail(thrown)));
    assert.ok(other instanceof client.KillaTamataError && /see cause/.test(other.message));
    assert.deepEqual([other.cause, other.jobId], [thrown, "job_1"]);
  }
});

test("a page of a portal is no job, no plan and no answer", async (test) => {
  let send;
  const { connect } = await serve(test, (_, response) => send(response));
  const kt = connect();
  const page = (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>");
  const bare = (response) => response.writeHead(200).end();
  const other = (response) => sendJson(response, { status: "ok" });
  const paid = [
    () => kt.submit("image.generate", INPUT),
    () => kt.run("image.generate", INPUT),
    () => kt.upload(new Blob(["x"])),
    () => kt.plans.prepare([]),
    () => kt.plans.execute({ planId: "plan_1", planHash: "x" }),
  ];
  for (send of [page, bare, other]) {
    for (const call of paid) {
      const error = await getError(call());
      assert.ok(error instanceof client.UnexpectedResponse && error.idempotencyKey, String(error));
    }
    const read = await getError(kt.jobs.wait("job_1"));
    assert.ok(read instanceof client.UnexpectedResponse);
  }
  send = page;
  assert.ok((await getError(kt.balance())) instanceof client.UnexpectedResponse);
  send = (response) => response.writeHead(200, { "content-type": "text/csv" }).end("day\n");
  assert.equal(await kt.api.getUsage({ headers: { Accept: "text/csv" } }), "day\n");
  send = (response) => response.writeHead(204).end();
  assert.equal(await kt.request("POST", "/x"), undefined);
});

const ASSET = { assetId: "ast_1" };
const ONE_REQUEST = { projectId: "prj_1", timeoutSeconds: 1 };

/** Return a client whose `fetch` is a function of the test, and whose timers the test moves on. */
function connectWithTimers(test, answer) {
  test.mock.timers.enable({ apis: ["setTimeout"] });
  const fetch = async (_, { body, signal }) => {
    await answer(body, (milliseconds) => test.mock.timers.tick(milliseconds), signal);
    signal.throwIfAborted();
    return Response.json(ASSET);
  };
  return new client.Client({ apiKey: "x", baseUrl: "http://127.0.0.1:9", maxRetries: 0, fetch });
}

test("an upload has the timeout for each chunk, and for the answer after the last", async (test) => {
  let chunks = 0;
  let late = () => false;
  const kt = connectWithTimers(test, async (body, tick, signal) => {
    for await (const _ of body.stream()) tick(late(++chunks) ? 1_000 : 999);
    if (!signal.aborted && chunks === late.chunks) tick(1_000);
  });
  assert.deepEqual(await kt.upload(LARGE, ONE_REQUEST), ASSET);
  const all = chunks;
  for (late of [(chunk) => chunk === 2, Object.assign(() => false, { chunks: all })]) {
    chunks = 0;
    const error = await getError(kt.upload(LARGE, ONE_REQUEST));
    assert.match(`${error}`, /^TimedOut: .*none within 1 s/);
  }
  assert.equal(all, LARGE.size / 2 ** 16);
});

test("an upload whose chunks fetch does not tell has time by its size", async (test) => {
  const seconds = LARGE.size / 2 ** 16 + 1;
  let wait = seconds * 1_000 - 1;
  const kt = connectWithTimers(test, (_, tick) => tick(wait));
  assert.deepEqual(await kt.upload(LARGE, ONE_REQUEST), ASSET);
  wait += 1;
  const error = await getError(kt.upload(LARGE, ONE_REQUEST));
  assert.match(`${error}`, new RegExp(`^TimedOut: .*none within ${seconds} s`));
});

test("a large input that the gateway does not take is given up after the timeout", async (test) => {
  const server = createServer((request) => request.pause());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  const kt = new client.Client({ apiKey: "x", baseUrl, maxRetries: 0, timeoutSeconds: 0.5 });
  const images = [new Uint8Array(10 * MIB), new Uint8Array(10 * MIB)];
  for (const call of [
    () => kt.submit("image.edit", { prompt: "a fox", images }),
    () => kt.upload(new Blob(images), { projectId: "prj_1" }),
  ]) {
    assert.equal((await getError(call())).name, "TimedOut");
  }
});

test("an upload ends with the signal of its submit", async (test) => {
  const abort = new AbortController();
  const { connect, requests } = await serve(test, (request, response) => {
    const uploadUrl = `http://${request.headers.host}/up`;
    if (request.url.endsWith("/upload-link")) sendJson(response, { uploadUrl });
    else abort.abort();
  });
  const input = { image: LARGE, scale: 2 };
  const submit = connect().submit("image.upscale", input, { signal: abort.signal });
  assert.equal((await getError(submit)).name, "Aborted");
  assert.deepEqual(requests.map((each) => each.url.includes("/jobs")), [false, false]);
});

test("local media and an address for the same field are refused", async (test) => {
  const { connect, requests } = await serveUploads(test, () => false);
  for (const [local, address] of [
    [{ image: LARGE }, { imageUrl: "asset://a" }],
    [{ images: [LARGE] }, { imageUrls: ["asset://a"] }],
  ]) {
    for (const input of [{ ...local, ...address }, { ...address, ...local }]) {
      const error = await getError(connect().submit("image.edit", { prompt: "x", ...input }));
      assert.match(error.message, /name the same media/);
    }
  }
  assert.equal(requests.length, 0);
  await connect().submit("image.edit", { prompt: "x", image: LARGE, imageUrl: undefined });
  assert.equal(JSON.parse(requests.at(-1).body).input.imageUrl, "asset://ast_1");
});
