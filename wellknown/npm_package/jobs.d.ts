/** Media jobs: price, submit, wait, follow, cancel, download. */
import { type Api } from "./calls.js";
import { type JobEvent } from "./events.js";
import { type WithMedia } from "./media.js";
import { type CallOptions, type Transport } from "./transport.js";
import type { DryRun, Job, operations, Quote, SubmitJob, TaskRequest } from "./types.js";
import { type WaitOptions } from "./waits.js";
/** The tasks that this version knows. */
export type TaskName = SubmitJob["task"];
/** A task of a gateway of your own, by `customTask`. */
export type CustomTask = string & {
    readonly __customTask: true;
};
/** The input of a task; only the gateway checks that of a task of your own. */
export type TaskInput<T extends TaskName | CustomTask> = T extends TaskName ? WithMedia<Extract<SubmitJob, {
    task: T;
}>["input"]> : Record<string, unknown>;
/** Options of a job, beside its input. */
export type JobOptions = Omit<SubmitJob, "task" | "input"> & CallOptions;
/** A task and its input, to be priced. */
export type QuoteItem = {
    [T in TaskName]: WithMedia<Extract<TaskRequest, {
        task: T;
    }>>;
}[TaskName];
export type JobFilter = Omit<NonNullable<operations["getJob"]["parameters"]["query"]>, "jobId" | "includeDetails" | "waitSeconds" | "sinceVersion" | "cursor">;
/** Name a task of a gateway of your own, which these types do not know. */
export declare function customTask(name: string): CustomTask;
/** The jobs of this account. */
export declare class Jobs {
    #private;
    constructor(transport: Transport, api: Api);
    /**
     * Submit a job and return it at once; its exact price is held now.
     *
     * One idempotency key is one job, however often it is sent.
     */
    create<T extends TaskName | CustomTask>(task: T, input: TaskInput<T>, options?: JobOptions): Promise<Job>;
    /**
     * Submit a job, wait for its end and return it.
     *
     * @throws JobFailed - it ended without success; nothing was charged.
     * @throws WaitTimedOut - it has not ended within `waitSeconds`; it goes on.
     */
    createAndWait<T extends TaskName | CustomTask>(task: T, input: TaskInput<T>, options?: JobOptions & WaitOptions<Job>): Promise<Job>;
    /** Return the effective input and the price of a submit; nothing is stored. */
    dryRun<T extends TaskName | CustomTask>(task: T, input: TaskInput<T>, options?: JobOptions): Promise<DryRun>;
    /** Return the exact prices of up to 100 jobs, for 15 minutes; one bad item refuses all. */
    quoteAll(items: readonly QuoteItem[], options?: CallOptions): Promise<Quote>;
    /** Return a job. */
    get(jobId: string, options?: CallOptions): Promise<Job>;
    /** Wait until the job has ended, with or without success, and return it. */
    wait(job: Job | string, options?: WaitOptions<Job> & CallOptions): Promise<Job>;
    /** Follow a job to its end; a lost connection is opened again after the last event. */
    events(job: Job | string, options?: CallOptions): AsyncGenerator<JobEvent, void, undefined>;
    /** Cancel a queued or running job at once; its price is released. */
    cancel(job: Job | string, options?: CallOptions): Promise<Job>;
    /** Yield the jobs of this account, the newest first, page by page. */
    list(filter?: JobFilter, options?: CallOptions): AsyncGenerator<Job, void, undefined>;
    /** Open an output for reading; an expired URL is signed again, once. */
    open(job: Job | string, index?: number, options?: CallOptions): Promise<Response>;
    /** Return all outputs of a job, each checked against its size and SHA-256. */
    download(job: Job | string, options?: CallOptions): Promise<File[]>;
}
