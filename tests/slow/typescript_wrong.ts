// Lines that must not compile: tsc refuses a mark that no error follows.

import { Client, customTask } from "killatamata";

const client = new Client({ apiKey: "kt_test", baseUrl: "https://example.com" });

await client.run("image.generate", { prompt: "a fox", width: 256, outputFormat: "webp" });
await client.run("image.edit", { prompt: "a fox", image: new Blob(), mask: new Uint8Array() });
await client.run("video.combine", { videos: [new Blob(), "data:video/mp4;base64,AAAA"] });
await client.run(customTask("my.task"), { anything: 1 });
await client.jobs.quoteAll([{ task: "image.generate", input: { prompt: "a fox" } }]);
const spendPolicy = { dailyLimitUsd: "2.00" };
await client.api.createKey({ body: { label: "agent", scopes: ["media"], spendPolicy } });
await (await client.api.getPreview({ query: { ref: "job://job_1/0" } })).arrayBuffer();

// @ts-expect-error a misspelt task
await client.run("image.genrate", { prompt: "a fox" });
// @ts-expect-error a misspelt field
await client.run("image.generate", { promt: "a fox" });
// @ts-expect-error a field of another task
await client.run("image.generate", { prompt: "a fox", durationSeconds: 4 });
// @ts-expect-error a number as text
await client.run("image.generate", { prompt: "a fox", width: "256" });
// @ts-expect-error a value that is not offered
await client.run("image.generate", { prompt: "a fox", outputFormat: "bmp" });
// @ts-expect-error a required field is missing
await client.run("image.generate", { width: 256 });
// @ts-expect-error a misspelt option
await client.submit("image.generate", { prompt: "a fox" }, { maxPriceUSD: "1.00" });
// @ts-expect-error media where the field is a text
await client.quote("image.generate", { prompt: new Blob() });
// @ts-expect-error a misspelt field of a priced item
await client.jobs.quoteAll([{ task: "image.generate", input: { promt: "a fox" } }]);
// @ts-expect-error an operation without its body
await client.api.createKey();
// @ts-expect-error a scope that there is not
await client.api.createKey({ body: { label: "agent", scopes: ["medium"] } });
// @ts-expect-error a misspelt field of a spend policy
await client.api.createKey({ body: { label: "agent", spendPolicy: { dailyLimit: "2.00" } } });
// @ts-expect-error an operation that does not answer in pages
client.list("getBalance");
// @ts-expect-error a field that an answer has not
(await client.balance()).available;
