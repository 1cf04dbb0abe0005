// A user's program: it is checked by tsc --strict, then it runs against a gateway.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import {
  Client,
  ConnectionFailed,
  getRawResponse,
  JobFailed,
  NotFound,
  PaymentRequired,
  SignatureInvalid,
  Unprocessable,
  unwrapWebhook,
} from "killatamata";
import { openFile, saveOutputs } from "killatamata/node";
import type { Job } from "killatamata/types";

const SMALL = { prompt: "a fox", width: 256, height: 256 };
const { CUTTING_BASE, EVENTS_BASE, WEBHOOK_SECRET, WEBHOOK_ID, WEBHOOK_SENT_AT, WEBHOOK_BODY, WEBHOOK_SIGNATURE } =
  process.env as Record<string, string>;
const client = new Client();

async function quoteRunAndDownload(): Promise<Job> {
  const quote = await client.quote("image.generate", SMALL);
  assert.equal(quote.totalUsd, "0.02");
  const states: string[] = [];
  const job = await client.run("image.generate", SMALL, {
    quoteId: quote.quoteId,
    waitSeconds: 60,
    onStatus: (current) => void states.push(current.status),
  });
  assert.equal(job.billing.chargedUsd, "0.02");
  assert.equal(states.at(-1), "succeeded");
  const [path] = await saveOutputs(client, job, "made/fox.png");
  assert.equal(path, "made/fox.png");
  assert.equal((await readFile("made/fox.png")).subarray(1, 4).toString(), "PNG");
  const two = await client.run("image.generate", { ...SMALL, count: 2 });
  assert.deepEqual(await saveOutputs(client, two, "made/two.png"), ["made/two.png", "made/two-2.png"]);
  return job;
}

async function sendLocalMedia(): Promise<void> {
  const picture = await openFile("made/fox.png");
  const job = await client.run("image.edit", { prompt: "at night", image: picture });
  assert.equal(job.outputs[0]?.width, 256);
  const bytes = await readFile("made/fox.png");
  await client.run("image.edit", { prompt: "at night", images: [bytes] });
  const asset = await client.upload(picture);
  assert.deepEqual([asset.name, asset.width], ["fox", 256]);
  const input = { prompt: "at dawn", imageUrl: `asset://${asset.assetId}` };
  assert.equal((await client.jobs.dryRun("image.edit", input)).effectiveInput["width"], 256);
}

async function followEvents(): Promise<void> {
  const types: string[] = [];
  for await (const event of client.jobs.events(await client.submit("image.generate", SMALL))) {
    types.push(event.type);
    if (event.type === "done") assert.equal(event.job.status, "succeeded");
  }
  assert.equal(types.at(-1), "done");
}

async function followEventsThatBreakOff(): Promise<void> {
  const slow = { ...SMALL, prompt: "[sandbox:slow=4] a fox" };
  const job = await client.submit("image.generate", slow);
  const cut = new Client({ baseUrl: EVENTS_BASE!, maxRetries: 6 });
  const ids: string[] = [];
  for await (const event of cut.jobs.events(job)) {
    ids.push(event.id);
    if (event.type === "done") assert.equal(event.job.status, "succeeded");
  }
  assert.ok(ids.length > 1 && new Set(ids).size === ids.length, `the same event twice: ${ids}`);
}

async function sendLargeMedia(): Promise<void> {
  const large = await openFile("large.png");
  assert.ok(large.size > 10 * 2 ** 20);
  const job = await client.run("image.edit", { prompt: "at night", image: large, width: 256, height: 256 });
  const details = await client.jobs.get(job.jobId);
  const [image] = details.effectiveInput?.["images"] as { source: string }[];
  assert.match(image!.source, /^asset:\/\/ast_/);
  const asset = await client.upload(large);
  assert.deepEqual([`asset://${asset.assetId}`, asset.deduplicated], [image!.source, true]);
}

async function readRefusals(job: Job): Promise<void> {
  await assert.rejects(client.jobs.get("job_00000000000000000000000000"), NotFound);
  await assert.rejects(client.submit("image.generate", { ...SMALL, prompt: "" }), (error) => {
    assert.ok(error instanceof Unprocessable);
    assert.ok(error.hint && error.requestId && error.message.includes(error.hint));
    return true;
  });
  await assert.rejects(client.jobs.cancel(job), { name: "Conflict", code: "job_finished" });
  const poor = { ...SMALL, width: 1024, height: 1024, count: 4, highDetail: true };
  await assert.rejects(client.submit("image.generate", poor, { maxPriceUsd: "0.01" }), (error) => {
    assert.ok(error instanceof PaymentRequired && !(error instanceof JobFailed));
    assert.equal(error.code, "price_exceeds_max");
    return true;
  });
}

async function readLostCall(): Promise<void> {
  const dead = client.withOptions({ maxRetries: 1, fetch: () => Promise.reject(new Error("lost")) });
  await assert.rejects(dead.submit("image.generate", SMALL, { idempotencyKey: "fox-1" }), (error) => {
    assert.ok(error instanceof ConnectionFailed && error.message.endsWith("lost"));
    assert.equal(error.idempotencyKey, "fox-1");
    return true;
  });
}

async function chargeOnceWhenAnswersAreCut(): Promise<void> {
  const before = await client.balance();
  const cut = new Client({ baseUrl: CUTTING_BASE!, maxRetries: 6 });
  const job = await cut.submit("image.generate", SMALL);
  assert.ok((getRawResponse(job)?.retries ?? 0) > 0);
  await client.jobs.wait(job, { waitSeconds: 60 });
  const after = await client.balance();
  assert.equal(before.availableMicrousd - after.availableMicrousd, 20_000);
  assert.equal(after.heldMicrousd, 0);
}

async function useEveryOperation(job: Job): Promise<void> {
  const ids: string[] = [];
  for await (const each of client.jobs.list({ limit: 2 })) ids.push(each.jobId);
  assert.ok(ids.length > 4 && new Set(ids).size === ids.length && ids.includes(job.jobId));
  const outputs: string[] = [];
  for await (const each of client.list("listOutputs", { limit: 2 })) outputs.push(each.jobId);
  assert.ok(outputs.length > 4);
  const health = await client.api.getHealth();
  assert.equal(health.status, "ok");
  const project = await client.api.createProject({ body: { name: "Foxes" } });
  assert.equal(getRawResponse(project)?.headers.get("x-gateway-version"), health.version);
  const plan = await client.plans.prepare([{ operation: "image.generate", input: SMALL }]);
  assert.deepEqual([plan.state, plan.totalUsd], ["pending", "0.02"]);
  assert.equal((await client.plans.reject(plan.planId, "not now")).state, "rejected");
}

async function verifyWebhook(): Promise<void> {
  const headers = {
    "Webhook-Id": WEBHOOK_ID,
    "Webhook-Timestamp": WEBHOOK_SENT_AT,
    "Webhook-Signature": `v1,AAAA ${WEBHOOK_SIGNATURE}`,
  };
  const event = await unwrapWebhook(WEBHOOK_BODY!, headers, ["whsec_AAAA", WEBHOOK_SECRET!]);
  assert.equal(event.type, "test.ping");
  const other = unwrapWebhook(`${WEBHOOK_BODY} `, new Headers(headers as never), WEBHOOK_SECRET!);
  await assert.rejects(other, SignatureInvalid);
  await assert.rejects(unwrapWebhook(WEBHOOK_BODY!, {}, WEBHOOK_SECRET!), SignatureInvalid);
}

const job = await quoteRunAndDownload();
await sendLocalMedia();
await followEvents();
await followEventsThatBreakOff();
await sendLargeMedia();
await readRefusals(job);
await readLostCall();
await chargeOnceWhenAnswersAreCut();
await useEveryOperation(job);
await verifyWebhook();
await writeFile("ended.txt", client.baseUrl);
