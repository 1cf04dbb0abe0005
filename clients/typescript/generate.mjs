// Renders src/types.ts and src/operations.ts from the OpenAPI document.

import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../docs/openapi.json", import.meta.url);
const SOURCE = new URL("src/", import.meta.url);
const METHODS = ["get", "post", "patch", "put", "delete"];
const NOTE = "// Rendered from the OpenAPI document by generate.mjs, not written by hand.\n\n";

/** Return true if an operation answers JSON unless another type is asked for, or nothing. */
function isOfJson(responses) {
  const answer = responses[200] ?? responses[201] ?? responses[202];
  return answer === undefined || Object.keys(answer.content ?? {})[0] === "application/json";
}

function renderOperations(document) {
  const lines = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((each) => each in methods)) {
      const { operationId, responses } = methods[method];
      const answer = isOfJson(responses) ? "" : ', "response"';
      lines.push(`  ${operationId}: ["${method.toUpperCase()}", "${path}"${answer}],\n`);
    }
  }
  return `${NOTE}/** Method and path of each operation, and "response" if its answer is not JSON. */\n` +
    `export const OPERATIONS = {\n${lines.join("")}} as const;\n`;
}

const text = await readFile(DOCUMENT, "utf8");
const types = await openapiTS(text, { rootTypes: true, rootTypesNoSchemaPrefix: true });
await writeFile(new URL("types.ts", SOURCE), NOTE + astToString(types));
await writeFile(new URL("operations.ts", SOURCE), renderOperations(JSON.parse(text)));
