// Call one tool with an official TypeScript SDK, as Gemini CLI and others do:
// node call_tool.cjs FOLDER v1|v2 URL KEY TOOL ARGUMENTS [ANSWER]
// FOLDER has the SDKs in its node_modules. ANSWER is what the person in front answers to a question.
// Prints {"result": …} or, if the SDK hid the answer, {"thrown": message}.
const { createRequire } = require("node:module");

const [folder, version, url, key, tool, given, answer] = process.argv.slice(2);
const load = createRequire(`${folder}/package.json`);

function loadSdk() {
  if (version === "v2") return load("@modelcontextprotocol/client");
  return {
    ...load("@modelcontextprotocol/sdk/client/index.js"),
    ...load("@modelcontextprotocol/sdk/client/streamableHttp.js"),
    ...load("@modelcontextprotocol/sdk/types.js"),
  };
}

async function main() {
  const sdk = loadSdk();
  const capabilities = answer ? { elicitation: { form: {} } } : {};
  const client = new sdk.Client({ name: "test", version: "1" }, { capabilities });
  if (answer) {
    const asked = version === "v2" ? "elicitation/create" : sdk.ElicitRequestSchema;
    client.setRequestHandler(asked, async () => JSON.parse(answer));
  }
  const headers = { Authorization: `Bearer ${key}` };
  await client.connect(
    new sdk.StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }),
  );
  try {
    await client.listTools(); // from here on the SDK holds each answer against its schema
    const result = await client.callTool({ name: tool, arguments: JSON.parse(given) });
    console.log(JSON.stringify({ result }));
  } catch (error) {
    console.log(JSON.stringify({ thrown: String(error.message) }));
  } finally {
    await client.close();
  }
}

main();
