/** The TypeScript client of Killa Tamata, a prepaid gateway for AI media. */

export type {
  Api,
  CallAnswer,
  CallArguments,
  ListItem,
  ListName,
  OperationName,
} from "./calls.js";
export { Client } from "./client.js";
export * from "./errors.js";
export type { JobEvent } from "./events.js";
export {
  customTask,
  type CustomTask,
  type JobFilter,
  type JobOptions,
  type QuoteItem,
  type TaskInput,
  type TaskName,
} from "./jobs.js";
export type { LocalMedia, UploadOptions, WithMedia } from "./media.js";
export type { ExecuteOptions, PlanStepRequest, PrepareOptions } from "./plans.js";
export {
  type CallOptions,
  type ClientOptions,
  getRawResponse,
  type RawResponse,
} from "./transport.js";
export type {
  AssetMade,
  BalanceShown,
  DryRun,
  Job,
  JobOutput,
  JobState,
  Plan,
  PlanHead,
  Problem,
  Quote,
  TaskShown,
  Usage,
} from "./types.js";
export { VERSION } from "./version.js";
export type { WaitOptions } from "./waits.js";
export {
  type UnwrapOptions,
  unwrapWebhook,
  type WebhookEvent,
  type WebhookHeaders,
} from "./webhooks.js";
