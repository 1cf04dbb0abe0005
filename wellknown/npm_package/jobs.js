/** Media jobs: price, submit, wait, follow, cancel, download. */
import { listItems } from "./calls.js";
import { ConnectionFailed, DownloadFailed, JobFailed, StatusError } from "./errors.js";
import { followJob } from "./events.js";
import { keepKey, markErrors } from "./idempotency.js";
import { Inputs } from "./media.js";
import { computePauseMs, pause } from "./retries.js";
import { splitOptions } from "./transport.js";
import { waitForEnd } from "./waits.js";
const JOBS_PATH = "/api/v1/media/jobs";
const DEAD_URL_STATUSES = [401, 403, 404, 410];
/** Name a task of a gateway of your own, which these types do not know. */
export function customTask(name) {
    return name;
}
/** The jobs of this account. */
export class Jobs {
    #transport;
    #api;
    constructor(transport, api) {
        this.#transport = transport;
        this.#api = api;
    }
    /**
     * Submit a job and return it at once; its exact price is held now.
     *
     * One idempotency key is one job, however often it is sent.
     */
    async create(task, input, options = {}) {
        return this.#submit(task, input, options, { requiredField: "jobId" });
    }
    /**
     * Submit a job, wait for its end and return it.
     *
     * @throws JobFailed - it ended without success; nothing was charged.
     * @throws WaitTimedOut - it has not ended within `waitSeconds`; it goes on.
     */
    async createAndWait(task, input, options = {}) {
        return keepKey(options, async (keyed) => {
            const { waitSeconds: _, onProgress: _p, onStatus: _s, ...jobOptions } = keyed;
            const { idempotencyKey: _k, ...waitOptions } = options;
            const submitted = await this.create(task, input, jobOptions);
            return markErrors({ jobId: submitted.jobId }, async () => {
                const job = await this.wait(submitted, waitOptions);
                if (job.status !== "succeeded")
                    throw new JobFailed(job);
                return job;
            });
        });
    }
    /** Return the effective input and the price of a submit; nothing is stored. */
    async dryRun(task, input, options = {}) {
        return this.#submit(task, input, options, { query: { dryRun: true } });
    }
    /** Return the exact prices of up to 100 jobs, for 15 minutes; one bad item refuses all. */
    async quoteAll(items, options = {}) {
        return keepKey(options, async (call) => {
            const inputs = new Inputs(this.#transport, call); // one: they go in one request
            const bodies = [];
            for (const each of items)
                bodies.push({ ...each, input: await inputs.resolve(each.input) });
            const json = { items: bodies };
            return this.#transport.request("POST", "/api/v1/media/quote", { ...call, json });
        });
    }
    /** Return a job. */
    async get(jobId, options = {}) {
        return this.#get({ jobId, includeDetails: true }, options);
    }
    /** Wait until the job has ended, with or without success, and return it. */
    async wait(job, options = {}) {
        const { waitSeconds: _, onProgress: _p, onStatus: _s, ...call } = options;
        const first = typeof job === "string" ? await this.get(job, call) : job;
        const fetch = (waitSeconds, sinceVersion) => this.#get({ jobId: first.jobId, includeDetails: true, waitSeconds, sinceVersion }, call);
        const callSeconds = options.timeoutSeconds ?? this.#transport.timeoutSeconds;
        return waitForEnd(first, fetch, callSeconds, options);
    }
    /** Follow a job to its end; a lost connection is opened again after the last event. */
    events(job, options = {}) {
        return followJob(this.#transport, getJobId(job), options);
    }
    /** Cancel a queued or running job at once; its price is released. */
    async cancel(job, options = {}) {
        return this.#api.cancelJob({ ...options, body: { jobId: getJobId(job) } });
    }
    /** Yield the jobs of this account, the newest first, page by page. */
    list(filter = {}, options = {}) {
        return listItems(this.#api, "getJob", filter, options);
    }
    /** Open an output for reading; an expired URL is signed again, once. */
    async open(job, index = 0, options = {}) {
        let read = await this.#getWithOutputs(job, options);
        for (let tries = 1;; tries++) {
            const output = read.outputs[index];
            if (!output?.url) {
                throw new DownloadFailed(`${read.jobId} has no stored output ${index}: it is ${read.status}.`);
            }
            try {
                return await this.#transport.open("GET", output.url, options);
            }
            catch (error) {
                const dead = error instanceof StatusError && DEAD_URL_STATUSES.includes(error.status);
                if (tries > 1 || !dead)
                    throw error;
                read = await this.get(read.jobId, options);
            }
        }
    }
    /** Return all outputs of a job, each checked against its size and SHA-256. */
    async download(job, options = {}) {
        const read = await this.#getWithOutputs(job, options);
        if (read.outputs.length === 0) {
            throw new DownloadFailed(`${read.jobId} has no outputs: it is ${read.status}.`);
        }
        const files = [];
        for (const output of read.outputs)
            files.push(await this.#download(read, output, options));
        return files;
    }
    async #download(job, output, options) {
        for (let tries = 1;; tries++) {
            try {
                const bytes = await (await this.open(job, output.index, options)).arrayBuffer();
                await checkOutput(bytes, output);
                const name = `${job.jobId}-${output.index}.${getExtension(output.mimeType)}`;
                return new File([bytes], name, { type: output.mimeType });
            }
            catch (error) {
                const broken = error instanceof ConnectionFailed || error instanceof DownloadFailed;
                if (!broken || !output.url || tries > this.#transport.maxRetries)
                    throw error;
                await pause(computePauseMs(tries), options.signal);
            }
        }
    }
    async #submit(task, input, options, request) {
        return keepKey(options, async (keyed) => {
            const { call, fields } = splitOptions(keyed);
            const inputs = new Inputs(this.#transport, call);
            const json = { ...fields, task, input: await inputs.resolve(input) };
            return this.#transport.request("POST", JOBS_PATH, { ...call, ...request, json });
        });
    }
    async #get(query, options) {
        return this.#transport.request("GET", JOBS_PATH, { ...options, query, requiredField: "jobId" });
    }
    async #getWithOutputs(job, options) {
        if (typeof job !== "string" && job.outputs.length > 0)
            return job;
        return this.get(getJobId(job), options);
    }
}
function getJobId(job) {
    return typeof job === "string" ? job : job.jobId;
}
function getExtension(mimeType) {
    const subtype = mimeType.split("/")[1] ?? "bin";
    return { jpeg: "jpg", mpeg: "mp3", quicktime: "mov", "x-wav": "wav" }[subtype] ?? subtype;
}
async function checkOutput(bytes, output) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
    const sha256 = Array.from(digest, (each) => each.toString(16).padStart(2, "0")).join("");
    if (bytes.byteLength !== output.bytes || sha256 !== output.sha256) {
        throw new DownloadFailed(`Output ${output.index} arrived damaged.`);
    }
}
