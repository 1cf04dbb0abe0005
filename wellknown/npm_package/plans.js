/** Approval plans: frozen steps at exact prices, each plan executed once. */
import { listItems } from "./calls.js";
import { keepKey } from "./idempotency.js";
import { Inputs } from "./media.js";
import { splitOptions, } from "./transport.js";
import { waitForEnd } from "./waits.js";
const PLANS_PATH = "/api/v1/studio/agent/approval-plans";
/** The approval plans of this account. */
export class Plans {
    #transport;
    #api;
    constructor(transport, api) {
        this.#transport = transport;
        this.#api = api;
    }
    /** Freeze steps at exact prices, free of charge; one bad step refuses all. */
    async prepare(steps, options = {}) {
        return keepKey(options, async (keyed) => {
            const { call, fields } = splitOptions(keyed);
            const inputs = new Inputs(this.#transport, call); // one: they go in one request
            const resolved = [];
            for (const each of steps)
                resolved.push(await inputs.resolve(each));
            return this.#request("POST", "/prepare", { ...call, json: { ...fields, steps: resolved } });
        });
    }
    /** Return a plan. */
    async get(planId, options = {}) {
        return this.#get({ planId }, options);
    }
    /** Wait until the plan was decided and all its steps have ended, and return it. */
    async wait(plan, options = {}) {
        const { waitSeconds: _, onProgress: _p, onStatus: _s, ...call } = options;
        const first = typeof plan === "string" ? await this.get(plan, call) : plan;
        const fetch = (waitSeconds, sinceVersion) => this.#get({ planId: first.planId, waitSeconds, sinceVersion }, call);
        const callSeconds = options.timeoutSeconds ?? this.#transport.timeoutSeconds;
        return waitForEnd(first, fetch, callSeconds, options);
    }
    /**
     * Execute a plan once, exactly as it was shown: its hash goes along.
     *
     * @throws PermissionDenied - code `approval_required`: show `plan.approvalUrl` to a person.
     */
    async execute(plan, options = {}) {
        const { call, fields } = splitOptions(options);
        const json = { ...fields, planId: plan.planId, planHash: plan.planHash };
        return this.#request("POST", "/execute", { ...call, json });
    }
    /** Reject a pending plan. */
    async reject(planId, reason, options = {}) {
        return this.#request("POST", "/reject", { ...options, json: { planId, reason } });
    }
    /** Yield the plans of this account, the newest first, page by page. */
    list(filter = {}, options = {}) {
        return listItems(this.#api, "getPlans", filter, options);
    }
    async #get(query, options) {
        return this.#request("GET", "", { ...options, query });
    }
    async #request(method, path, request) {
        const requiredField = "planId";
        return this.#transport.request(method, PLANS_PATH + path, { ...request, requiredField });
    }
}
