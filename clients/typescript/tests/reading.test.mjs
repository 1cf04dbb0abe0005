// What a program reads: waits, events, downloads, refusals, and errors that hold no secret.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as client from "../../../wellknown/npm_package/index.js";
import { getError, JOB, KEY, sendJson, serve } from "./scripted.mjs";

const PLAN = {
  planId: "plan_1",
  state: "pending",
  outcome: null,
  version: 1,
  decidedAt: null,
  secondsLeft: 900,
  steps: [],
};
const OUTPUT = { index: 0, bytes: 5, sha256: "x", mimeType: "image/png" };

test("a wait goes on while a plan is in a state of a newer gateway", async (test) => {
  const states = ["awaiting_review", "awaiting_review", "rejected"];
  const { connect, requests } = await serve(test, (_, response) => {
    const version = requests.length;
    sendJson(response, { ...PLAN, state: states.shift(), version });
  });
  assert.equal((await connect().plans.wait("plan_1")).state, "rejected");
  assert.equal(requests.length, 3);
});

test("a wait ends with a plan that has expired, or whose steps have all ended", async (test) => {
  let plan = { ...PLAN, state: "expired" };
  const { connect, requests } = await serve(test, (_, response) => sendJson(response, plan));
  assert.equal((await connect().plans.wait(PLAN)).state, "expired");
  assert.equal(requests.length, 1);
  const newer = { ...PLAN, state: "settled", decidedAt: "2026-11-25T14:00:00Z" };
  plan = { ...newer, version: 2, steps: [{ percent: 100 }, { percent: null }] };
  const open = { ...newer, steps: [{ percent: 40 }] };
  assert.equal((await connect().plans.wait(open)).version, 2);
});

test("events give up on a stream that ends again and again", async (test) => {
  const { connect, requests } = await serve(test, (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(requests.length === 2 ? "id: 1\nevent: status\ndata: {}\n\n" : "");
  });
  const follow = async () => {
    for await (const event of connect({ maxRetries: 1 }).jobs.events("job_1")) {
      assert.equal(event.type, "status");
    }
  };
  assert.ok((await getError(follow())) instanceof client.ConnectionFailed);
  assert.equal(requests.length, 4);
});

test("events go on for as long as the gateway answers", async (test) => {
  const { connect, requests } = await serve(test, (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).write("retry: 2000\n\n");
    const done = `id: 2\nevent: done\ndata: ${JSON.stringify(JOB)}\n\n`;
    response.end(requests.length === 4 ? done : ": waiting\n\n");
  });
  const types = [];
  for await (const event of connect({ maxRetries: 0 }).jobs.events("job_1")) types.push(event.type);
  assert.deepEqual(types, ["done"]);
  assert.equal(requests.length, 4);
});

test("a download fails when its bytes stop, and ends with its signal", async (test) => {
  const { baseUrl, connect } = await serve(test, (_, response) => {
    response.writeHead(200, { "content-type": "image/png" }).write("x");
  });
  const job = { ...JOB, status: "succeeded", outputs: [{ ...OUTPUT, url: `${baseUrl}/output` }] };
  const kt = connect();
  assert.equal((await getError(kt.jobs.download(job, { timeoutSeconds: 0.2 }))).name, "TimedOut");
  const signal = AbortSignal.timeout(200);
  const patient = connect({ maxRetries: 2 });
  assert.equal((await getError(patient.jobs.download(job, { signal }))).name, "Aborted");
});

test("an output that is read slowly is whole", async (test) => {
  const bytes = new Uint8Array(2 ** 20).fill(7);
  const { baseUrl, connect } = await serve(test, (_, response) => {
    response.writeHead(200, { "content-type": "image/png" }).end(bytes);
  });
  const job = { ...JOB, outputs: [{ ...OUTPUT, url: `${baseUrl}/output` }] };
  const response = await connect().jobs.open(job, 0, { timeoutSeconds: 1 });
  let size = 0;
  for await (const chunk of response.body) {
    if (size === 0) await new Promise((resolve) => setTimeout(resolve, 1500));
    size += chunk.length;
  }
  assert.equal(size, bytes.length);
  assert.equal(response.headers.get("content-type"), "image/png");
});

test("a refusal in another program's JSON is told as it is, and not sent again", async (test) => {
  const bodies = [
    { detail: "no", errors: { a: 1 } },
    { detail: [{ msg: "no" }], errors: [null, "no"], code: 7, hint: {}, requestId: 1 },
    [1],
    null,
  ];
  let body;
  const { connect, requests } = await serve(test, (_, response) => sendJson(response, body, 422));
  for (body of bodies) {
    const error = await getError(connect({ maxRetries: 2 }).submit("image.generate", {}));
    assert.ok(error instanceof client.Unprocessable, String(error));
    assert.deepEqual(error.errors, []);
    assert.equal(error.message.includes("object"), false);
    assert.deepEqual([error.code, error.hint, error.requestId], ["", "", ""]);
  }
  assert.equal(requests.length, bodies.length);
});

test("an input that JSON cannot hold is no lost connection", async (test) => {
  const { connect, requests } = await serve(test, (_, response) => sendJson(response, JOB));
  const error = await getError(connect().submit(client.customTask("my.task"), { seed: 1n }));
  assert.ok(error instanceof TypeError);
  assert.equal(requests.length, 0);
});

test("an operation that answers bytes or a stream answers a response", async (test) => {
  const picture = Buffer.from([0xff, 0xd8, 0xff, 0xe0]);
  const { connect } = await serve(test, (request, response) => {
    const isPicture = request.url.includes("/preview");
    response.writeHead(200, { "content-type": isPicture ? "image/jpeg" : "text/event-stream" });
    if (isPicture) response.end(picture);
    else response.write(": hello\n\n");
  });
  const { api } = connect();
  const preview = await api.getPreview({ query: { ref: "job://x/0" } });
  assert.deepEqual(Buffer.from(await preview.arrayBuffer()), picture);
  const reader = (await api.watchJob()).body.getReader();
  assert.equal(Buffer.from((await reader.read()).value).toString(), ": hello\n\n");
  await reader.cancel();
});

test("a key is sent without the line end of its file, and no error quotes it", async (test) => {
  const { baseUrl, connect, requests } = await serve(test, (_, response) => sendJson(response, {}));
  for (const end of ["\n", "\r\n", " "]) await connect({ apiKey: KEY + end }).balance();
  const sent = new Set(requests.map((each) => each.headers.authorization));
  assert.deepEqual([...sent], [`Bearer ${KEY}`]);
  for (const inner of ["\n", " ", "…", "\0"]) {
    const create = () => new client.Client({ apiKey: `${KEY}${inner}x`, baseUrl });
    assert.throws(create, (error) => !`${error.stack}`.includes(KEY) && /key/.test(error.message));
  }
});

test("an address that holds a password is refused, and no error quotes it", () => {
  for (const place of ["user:SECRET@127.0.0.1", "SECRET@127.0.0.1", "user:SECRET@127.0.0.1 x"]) {
    const create = () => new client.Client({ apiKey: KEY, baseUrl: `https://${place}` });
    assert.throws(create, (error) => {
      assert.equal(JSON.stringify([error.stack, { ...error }]).includes("SECRET"), false);
      return error instanceof TypeError;
    });
  }
});
