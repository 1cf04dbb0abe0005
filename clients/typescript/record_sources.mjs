// Records what the package was built from, so that a test without npm sees if it is stale.

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";

const ROOT = new URL("../../", import.meta.url);
const FOLDER = "clients/typescript/";
const RENDERED = ["types.ts", "operations.ts"];

const names = (await readdir(new URL(`${FOLDER}src/`, ROOT))).sort();
const sources = names.filter((each) => !RENDERED.includes(each)).map((each) => `src/${each}`);
const paths = [...["generate.mjs", ...sources].map((each) => FOLDER + each), "docs/openapi.json"];
const digests = {};
for (const path of paths) {
  digests[path] = createHash("sha256").update(await readFile(new URL(path, ROOT))).digest("hex");
}
const record = new URL(`${FOLDER}sources.json`, ROOT);
await writeFile(record, `${JSON.stringify(digests, null, 2)}\n`);
