// A host of MCP Apps in a page: the SDK's client, and the bridge that real hosts use.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { AppBridge, PostMessageTransport, getToolUiResourceUri } from "@modelcontextprotocol/ext-apps/app-bridge";

const PAGE_TYPE = "text/html;profile=mcp-app";
const told = { links: [], context: [], sizes: [], refusals: [] };
let client = null;
let tools = new Map();
let bridge = null;
window.told = told;

window.connectHost = async ({ url, key, apps = true, toolsets = "" }) => {
  const extensions = apps ? { "io.modelcontextprotocol/ui": { mimeTypes: [PAGE_TYPE] } } : {};
  client = new Client({ name: "a test host", version: "1" }, { capabilities: { extensions } });
  const headers = { Authorization: `Bearer ${key}`, ...(toolsets ? { "X-MCP-Toolsets": toolsets } : {}) };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  const listed = await client.listTools();
  tools = new Map(listed.tools.map((tool) => [tool.name, tool]));
  return { tools: listed.tools, resources: (await client.listResources()).resources };
};

// Calls a tool as a model would, then shows its page, if it has one.
window.callTool = async (name, args, options = {}) => {
  const result = await client.callTool({ name, arguments: args });
  const uri = getToolUiResourceUri(tools.get(name));
  if (uri) await window.showPage(uri, args, { ...result, ...options.result }, options);
  return result;
};

window.showPage = async (uri, args, result, { theme = "light", openLinks = true } = {}) => {
  await bridge?.close();
  const [resource] = (await client.readResource({ uri })).contents;
  if (resource.mimeType !== PAGE_TYPE) throw new Error(resource.mimeType);
  document.getElementById("frame")?.remove();
  const frame = document.createElement("iframe");
  frame.id = "frame";
  frame.title = "A page in the chat";
  frame.setAttribute("sandbox", "allow-scripts");
  document.body.append(frame);
  const abilities = { serverTools: {}, updateModelContext: { text: {} }, ...(openLinks ? { openLinks: {} } : {}) };
  bridge = new AppBridge(client, { name: "a test host", version: "1" }, abilities, { hostContext: { theme, toolInfo: { tool: tools.values().next().value } } });
  bridge.onopenlink = async ({ url }) => { told.links.push(url); return {}; };
  bridge.onupdatemodelcontext = async ({ content }) => { told.context.push(...content.map((each) => each.text)); return {}; };
  bridge.onsizechange = ({ height }) => { told.sizes.push(height); frame.style.height = `${height}px`; };
  const ready = new Promise((resolve) => { bridge.oninitialized = resolve; });
  await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
  const toolCalls = bridge.oncalltool;
  bridge.oncalltool = async (params, extra) => {
    const visibility = tools.get(params.name)?._meta?.ui?.visibility ?? ["model", "app"];
    if (!tools.has(params.name) || !visibility.includes("app")) {
      told.refusals.push(params.name);
      throw new Error(`The page may not call ${params.name}`);
    }
    return toolCalls(params, extra);
  };
  frame.srcdoc = resource.text.replace("<head>", `<head>${writePolicy(resource._meta?.ui?.csp ?? {})}`);
  await ready;
  await bridge.sendToolInput({ arguments: args });
  if (result) await bridge.sendToolResult(result);
};

window.setTheme = (theme) => bridge.setHostContext({ theme });

// The policy that the specification asks of hosts, from what the resource declares.
function writePolicy({ resourceDomains = [], connectDomains = [] }) {
  const files = resourceDomains.join(" ");
  const policy = [
    "default-src 'none'", `script-src 'self' 'unsafe-inline' ${files}`, `style-src 'self' 'unsafe-inline' ${files}`,
    `img-src 'self' data: ${files}`, `media-src 'self' data: ${files}`, `connect-src ${connectDomains.join(" ") || "'none'"}`,
  ];
  return `<meta http-equiv="Content-Security-Policy" content="${policy.join("; ")}">`;
}
