/** Events of a job while it runs: a stream of server-sent events, opened again when it is lost. */
import type { CallOptions, Transport } from "./transport.js";
import type { Job } from "./types.js";
/** An event of a job; `done` has the whole job. */
export type JobEvent = {
    type: "done";
    id: string;
    job: Job;
} | {
    type: "status" | "progress";
    id: string;
    data: Record<string, unknown>;
};
/** Follow a job to its end. */
export declare function followJob(transport: Transport, jobId: string, options: CallOptions): AsyncGenerator<JobEvent, void, undefined>;
