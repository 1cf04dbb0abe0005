/** The client: one call each for what most programs need, and every operation by its name. */
import { type Api, type CallArguments, type ListItem, type ListName } from "./calls.js";
import { type CustomTask, type JobOptions, Jobs, type TaskInput, type TaskName } from "./jobs.js";
import { type LocalMedia, type UploadOptions } from "./media.js";
import { Plans } from "./plans.js";
import { type CallOptions, type ClientOptions } from "./transport.js";
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
export declare class Client {
    #private;
    readonly baseUrl: string;
    readonly jobs: Jobs;
    readonly plans: Plans;
    /** Every operation of the API, by the name it has in the documentation. */
    readonly api: Api;
    constructor(options?: ClientOptions);
    /** Return a client with other options, for one call or many; headers are added. */
    withOptions(options: Omit<ClientOptions, "apiKey" | "baseUrl">): Client;
    /**
     * Submit a job, wait for its end and return it; `jobs.createAndWait` by its short name.
     *
     * @throws JobFailed - it ended without success; nothing was charged.
     */
    run<T extends TaskName | CustomTask>(task: T, input: TaskInput<T>, options?: JobOptions & WaitOptions<Job>): Promise<Job>;
    /** Submit a job and return it at once; its exact price is held now. */
    submit<T extends TaskName | CustomTask>(task: T, input: TaskInput<T>, options?: JobOptions): Promise<Job>;
    /** Return the exact price of a job, for 15 minutes; run it with `quoteId`. */
    quote<T extends TaskName | CustomTask>(task: T, input: TaskInput<T>, options?: CallOptions): Promise<Quote>;
    /** Upload media and return the asset; the same bytes again give the same asset. */
    upload(media: LocalMedia, options?: UploadOptions): Promise<AssetMade>;
    /** Describe the media tasks: fields, prices, limits, examples. */
    tasks(task?: TaskName, options?: CallOptions): Promise<TaskShown[]>;
    /** Return the balance: available and held money, and the limits of this key. */
    balance(options?: CallOptions): Promise<BalanceShown>;
    /** Sum up usage by UTC day (the last 30), task, key or project. */
    usage(query?: NonNullable<CallArguments<"getUsage">["query"]>, options?: CallOptions): Promise<Usage>;
    /** Yield the items of all pages of a list: `client.list("listOutputs", { limit: 50 })`. */
    list<N extends ListName>(name: N, query?: NonNullable<CallArguments<N>["query"]>, options?: CallOptions): AsyncGenerator<ListItem<N>, void, undefined>;
    /** Call any path of the gateway with the same key, retries and errors; return its JSON. */
    request<T = unknown>(method: string, path: `/${string}`, call?: {
        query?: Record<string, unknown>;
        json?: unknown;
    } & CallOptions): Promise<T>;
}
