/** The client: one call each for what most programs need, and every operation by its name. */
import { buildApi, listItems, } from "./calls.js";
import { Jobs } from "./jobs.js";
import { uploadMedia } from "./media.js";
import { Plans } from "./plans.js";
import { Transport } from "./transport.js";
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
    baseUrl;
    jobs;
    plans;
    /** Every operation of the API, by the name it has in the documentation. */
    api;
    #options;
    #transport;
    constructor(options = {}) {
        this.#options = options;
        this.#transport = new Transport(options);
        this.baseUrl = this.#transport.baseUrl;
        this.api = buildApi(this.#transport);
        this.jobs = new Jobs(this.#transport, this.api);
        this.plans = new Plans(this.#transport, this.api);
    }
    /** Return a client with other options, for one call or many; headers are added. */
    withOptions(options) {
        const defaultHeaders = { ...this.#options.defaultHeaders, ...options.defaultHeaders };
        return new Client({ ...this.#options, ...options, defaultHeaders });
    }
    /**
     * Submit a job, wait for its end and return it; `jobs.createAndWait` by its short name.
     *
     * @throws JobFailed - it ended without success; nothing was charged.
     */
    async run(task, input, options = {}) {
        return this.jobs.createAndWait(task, input, options);
    }
    /** Submit a job and return it at once; its exact price is held now. */
    async submit(task, input, options = {}) {
        return this.jobs.create(task, input, options);
    }
    /** Return the exact price of a job, for 15 minutes; run it with `quoteId`. */
    async quote(task, input, options = {}) {
        return this.jobs.quoteAll([{ task, input }], options);
    }
    /** Upload media and return the asset; the same bytes again give the same asset. */
    async upload(media, options = {}) {
        return uploadMedia(this.#transport, media, options);
    }
    /** Describe the media tasks: fields, prices, limits, examples. */
    async tasks(task, options = {}) {
        const query = task === undefined ? {} : { task };
        return (await this.api.listTasks({ ...options, query })).data;
    }
    /** Return the balance: available and held money, and the limits of this key. */
    async balance(options = {}) {
        return this.api.getBalance(options);
    }
    /** Sum up usage by UTC day (the last 30), task, key or project. */
    async usage(query = {}, options = {}) {
        return this.api.getUsage({ ...options, query });
    }
    /** Yield the items of all pages of a list: `client.list("listOutputs", { limit: 50 })`. */
    list(name, query = {}, options = {}) {
        return listItems(this.api, name, query, options);
    }
    /** Call any path of the gateway with the same key, retries and errors; return its JSON. */
    async request(method, path, call = {}) {
        return this.#transport.request(method, path, call);
    }
}
