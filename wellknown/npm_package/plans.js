/** Approval plans: frozen steps at exact prices, each plan executed once. */
import { listItems } from "./calls.js";
import { Inputs } from "./media.js";
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
        const { call, fields } = splitOptions(options);
        const inputs = new Inputs(this.#transport, call.signal); // one: they go in one request
        const resolved = [];
        for (const each of steps)
            resolved.push(await inputs.resolve(each));
        const json = { ...fields, steps: resolved };
        return this.#transport.request("POST", `${PLANS_PATH}/prepare`, { ...call, json });
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
        return this.#transport.request("POST", `${PLANS_PATH}/execute`, { ...call, json });
    }
    /** Reject a pending plan. */
    async reject(planId, reason, options = {}) {
        const json = { planId, reason };
        return this.#transport.request("POST", `${PLANS_PATH}/reject`, { ...options, json });
    }
    /** Yield the plans of this account, the newest first, page by page. */
    list(filter = {}, options = {}) {
        return listItems(this.#api, "getPlans", filter, options);
    }
    async #get(query, options) {
        return this.#transport.request("GET", PLANS_PATH, { ...options, query });
    }
}
function splitOptions(options) {
    const { idempotencyKey, signal, headers, timeoutSeconds, ...fields } = options;
    const call = {
        ...(idempotencyKey !== undefined && { idempotencyKey }),
        ...(signal !== undefined && { signal }),
        ...(headers !== undefined && { headers }),
        ...(timeoutSeconds !== undefined && { timeoutSeconds }),
    };
    return { call, fields };
}
