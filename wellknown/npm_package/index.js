/** The TypeScript client of Killa Tamata, a prepaid gateway for AI media. */
export { Client } from "./client.js";
export * from "./errors.js";
export { customTask, } from "./jobs.js";
export { getRawResponse, } from "./transport.js";
export { VERSION } from "./version.js";
export { unwrapWebhook, } from "./webhooks.js";
