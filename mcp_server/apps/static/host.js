// The host of this page, spoken to by postMessage: JSON-RPC 2.0, protocol "MCP Apps" 2026-01-26.
const DATA_KEY = "killatamata/page"; // of _meta: what a result has for its page alone
const host = (() => {
  const parent = window.parent;
  const waiting = new Map();
  const listeners = new Map();
  let lastId = 0;
  let capabilities = {};
  const post = (message) => parent.postMessage({ jsonrpc: "2.0", ...message }, "*");

  function request(method, params) {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      post({ id, method, params });
    });
  }

  function answer(message) {
    const known = message.method === "ping" || message.method === "ui/resource-teardown";
    if (known) post({ id: message.id, result: {} });
    else post({ id: message.id, error: { code: -32601, message: "Method not found" } });
    if (message.method === "ui/resource-teardown") listeners.get("teardown")?.({});
  }

  window.addEventListener("message", (event) => {
    const message = event.data;
    // Only the host may speak: other frames could send a result that was never given.
    if (event.source !== parent || message?.jsonrpc !== "2.0") return;
    if (message.method !== undefined) {
      if (message.id !== undefined) answer(message);
      else listeners.get(message.method)?.(message.params ?? {});
      return;
    }
    const open = waiting.get(message.id);
    if (open === undefined) return;
    waiting.delete(message.id);
    if (message.error) open.reject(new Error(String(message.error.message)));
    else open.resolve(message.result ?? {});
  });

  return {
    on: (method, listener) => listeners.set(method, listener),
    can: (name) => capabilities[name] !== undefined,
    async connect(appInfo) {
      const opened = await request("ui/initialize", {
        appInfo,
        appCapabilities: { availableDisplayModes: ["inline", "fullscreen"] },
        protocolVersion: "2026-01-26",
      });
      capabilities = opened.hostCapabilities ?? {};
      post({ method: "ui/notifications/initialized", params: {} });
      return opened.hostContext ?? {};
    },
    // The mark asks a server that cannot know what its client shows for the data of a page.
    callTool: (name, args) => request("tools/call", { name, arguments: args, _meta: { [DATA_KEY]: true } }),
    openLink: (url) => request("ui/open-link", { url }),
    tellModel: (text) =>
      capabilities.updateModelContext === undefined
        ? Promise.resolve({})
        : request("ui/update-model-context", { content: [{ type: "text", text }] }),
    sendSize: (width, height) =>
      post({ method: "ui/notifications/size-changed", params: { width, height } }),
  };
})();
