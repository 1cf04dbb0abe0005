/** The client: one call each for what most programs need, and every operation by its name. */

import {
  type Api,
  buildApi,
  type CallArguments,
  type ListItem,
  listItems,
  type ListName,
} from "./calls.js";
import { type CustomTask, type JobOptions, Jobs, type TaskInput, type TaskName } from "./jobs.js";
import { type LocalMedia, uploadMedia, type UploadOptions } from "./media.js";
import { Plans } from "./plans.js";
import { type CallOptions, type ClientOptions, Transport } from "./transport.js";
import type { AssetMade, BalanceShown, Job, Quote, TaskShown, Usage } from "./types.js";
import type { WaitOptions } from "./waits.js";

/**
 * A client of one gateway.
 *
 * ```ts
 * const client = new Client();
 * const job = await client.run("image.generate", { prompt: "a lighthouse" });
 * const [file] = await client.jobs.download(job);
 * ```
 */
export class Client {
  readonly baseUrl: string;
  readonly jobs: Jobs;
  readonly plans: Plans;
  /** Every operation of the API, by the name it has in the documentation. */
  readonly api: Api;
  readonly #options: ClientOptions;
  readonly #transport: Transport;

  constructor(options: ClientOptions = {}) {
    this.#options = options;
    this.#transport = new Transport(options);
    this.baseUrl = this.#transport.baseUrl;
    this.api = buildApi(this.#transport);
    this.jobs = new Jobs(this.#transport, this.api);
    this.plans = new Plans(this.#transport, this.api);
  }

  /** Return a client with other options, for one call or many; headers are added. */
  withOptions(options: Omit<ClientOptions, "apiKey" | "baseUrl">): Client {
    const defaultHeaders = { ...this.#options.defaultHeaders, ...options.defaultHeaders };
    return new Client({ ...this.#options, ...options, defaultHeaders });
  }

  /**
   * Submit a job, wait for its end and return it; `jobs.createAndWait` by its short name.
   *
   * @throws JobFailed - it ended without success; nothing was charged.
   */
  async run<T extends TaskName | CustomTask>(
    task: T,
    input: TaskInput<T>,
    options: JobOptions & WaitOptions<Job> = {},
  ): Promise<Job> {
    return this.jobs.createAndWait(task, input, options);
  }

  /** Submit a job and return it at once; its exact price is held now. */
  async submit<T extends TaskName | CustomTask>(
    task: T,
    input: TaskInput<T>,
    options: JobOptions = {},
  ): Promise<Job> {
    return this.jobs.create(task, input, options);
  }

  /** Return the exact price of a job, for 15 minutes; run it with `quoteId`. */
  async quote<T extends TaskName | CustomTask>(
    task: T,
    input: TaskInput<T>,
    options: CallOptions = {},
  ): Promise<Quote> {
    return this.jobs.quoteAll([{ task, input } as never], options);
  }

  /** Upload media and return the asset; the same bytes again give the same asset. */
  async upload(media: LocalMedia, options: UploadOptions = {}): Promise<AssetMade> {
    return uploadMedia(this.#transport, media, options);
  }

  /** Describe the media tasks: fields, prices, limits, examples. */
  async tasks(task?: TaskName, options: CallOptions = {}): Promise<TaskShown[]> {
    const query = task === undefined ? {} : { task };
    return (await this.api.listTasks({ ...options, query })).data;
  }

  /** Return the balance: available and held money, and the limits of this key. */
  async balance(options: CallOptions = {}): Promise<BalanceShown> {
    return this.api.getBalance(options);
  }

  /** Sum up usage by UTC day (the last 30), task, key or project. */
  async usage(
    query: NonNullable<CallArguments<"getUsage">["query"]> = {},
    options: CallOptions = {},
  ): Promise<Usage> {
    return this.api.getUsage({ ...options, query });
  }

  /** Yield the items of all pages of a list: `client.list("listOutputs", { limit: 50 })`. */
  list<N extends ListName>(
    name: N,
    query: NonNullable<CallArguments<N>["query"]> = {} as never,
    options: CallOptions = {},
  ): AsyncGenerator<ListItem<N>, void, undefined> {
    return listItems(this.api, name, query, options);
  }

  /** Call any path of the gateway with the same key, retries and errors; return its JSON. */
  async request<T = unknown>(
    method: string,
    path: `/${string}`,
    call: { query?: Record<string, unknown>; json?: unknown } & CallOptions = {},
  ): Promise<T> {
    return this.#transport.request(method, path, call);
  }
}
