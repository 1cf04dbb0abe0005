// Compiles the package, and records from which files and to which: a test without npm sees if one
// of them has changed since.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../../", import.meta.url);
const FOLDER = "clients/typescript/";
const PACKAGE = "wellknown/npm_package/";
const RENDERED = ["types.ts", "operations.ts"];

async function listFiles(folder) {
  return (await readdir(new URL(folder, ROOT))).sort().map((each) => folder + each);
}

const compiler = fileURLToPath(new URL("node_modules/typescript/bin/tsc", import.meta.url));
execFileSync(process.execPath, [compiler], { cwd: new URL(FOLDER, ROOT), stdio: "inherit" });
const sources = await listFiles(`${FOLDER}src/`);
const paths = [
  `${FOLDER}generate.mjs`,
  ...sources.filter((each) => !RENDERED.some((name) => each.endsWith(`/${name}`))),
  "docs/openapi.json",
  ...(await listFiles(PACKAGE)).filter((each) => /\.(js|d\.ts)$/.test(each)),
];
const digests = {};
for (const path of paths) {
  digests[path] = createHash("sha256").update(await readFile(new URL(path, ROOT))).digest("hex");
}
const record = new URL(`${FOLDER}sources.json`, ROOT);
await writeFile(record, `${JSON.stringify(digests, null, 2)}\n`);
