// Renders src/types.ts and src/operations.ts from the OpenAPI document.

import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const DOCUMENT = new URL("../../docs/openapi.json", import.meta.url);
const SOURCE = new URL("src/", import.meta.url);
const METHODS = ["get", "post", "patch", "put", "delete"];
const NOTE = "// Rendered from the OpenAPI document by generate.mjs, not written by hand.\n\n";

function renderOperations(document) {
  const lines = [];
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of METHODS.filter((each) => each in methods)) {
      const name = methods[method].operationId;
      lines.push(`  ${name}: ["${method.toUpperCase()}", "${path}"],\n`);
    }
  }
  return `${NOTE}/** Method and path of each operation. */\n` +
    `export const OPERATIONS = {\n${lines.join("")}} as const;\n`;
}

const text = await readFile(DOCUMENT, "utf8");
const types = await openapiTS(text, { rootTypes: true, rootTypesNoSchemaPrefix: true });
await writeFile(new URL("types.ts", SOURCE), NOTE + astToString(types));
await writeFile(new URL("operations.ts", SOURCE), renderOperations(JSON.parse(text)));
