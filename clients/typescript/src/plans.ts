/** Approval plans: frozen steps at exact prices, each plan executed once. */

import { type Api, listItems } from "./calls.js";
import { keepKey } from "./idempotency.js";
import { Inputs, type WithMedia } from "./media.js";
import {
  type CallOptions,
  type Query,
  splitOptions,
  type Transport,
  type TransportRequest,
} from "./transport.js";
import type { ExecutePlan, Plan, PlanHead, PreparePlan, StepRequest } from "./types.js";
import { waitForEnd, type WaitOptions } from "./waits.js";

/** A step of a plan; its input takes local media. */
export type PlanStepRequest = WithMedia<StepRequest>;

export type PrepareOptions = Omit<PreparePlan, "steps" | "resumeOf"> & CallOptions;
export type ExecuteOptions = Omit<ExecutePlan, "planId" | "planHash"> & CallOptions;

const PLANS_PATH = "/api/v1/studio/agent/approval-plans";

/** The approval plans of this account. */
export class Plans {
  readonly #transport: Transport;
  readonly #api: Api;

  constructor(transport: Transport, api: Api) {
    this.#transport = transport;
    this.#api = api;
  }

  /** Freeze steps at exact prices, free of charge; one bad step refuses all. */
  async prepare(steps: readonly PlanStepRequest[], options: PrepareOptions = {}): Promise<Plan> {
    return keepKey(options, async (keyed) => {
      const { call, fields } = splitOptions(keyed);
      const inputs = new Inputs(this.#transport, call); // one: they go in one request
      const resolved: unknown[] = [];
      for (const each of steps) resolved.push(await inputs.resolve(each));
      return this.#request("POST", "/prepare", { ...call, json: { ...fields, steps: resolved } });
    });
  }

  /** Return a plan. */
  async get(planId: string, options: CallOptions = {}): Promise<Plan> {
    return this.#get({ planId }, options);
  }

  /** Wait until the plan was decided and all its steps have ended, and return it. */
  async wait(plan: Plan | string, options: WaitOptions<Plan> & CallOptions = {}): Promise<Plan> {
    const { waitSeconds: _, onProgress: _p, onStatus: _s, ...call } = options;
    const first = typeof plan === "string" ? await this.get(plan, call) : plan;
    const fetch = (waitSeconds: number, sinceVersion: number) =>
      this.#get({ planId: first.planId, waitSeconds, sinceVersion }, call);
    const callSeconds = options.timeoutSeconds ?? this.#transport.timeoutSeconds;
    return waitForEnd(first, fetch, callSeconds, options);
  }

  /**
   * Execute a plan once, exactly as it was shown: its hash goes along.
   *
   * @throws PermissionDenied - code `approval_required`: show `plan.approvalUrl` to a person.
   */
  async execute(plan: Plan, options: ExecuteOptions = {}): Promise<Plan> {
    const { call, fields } = splitOptions(options);
    const json = { ...fields, planId: plan.planId, planHash: plan.planHash };
    return this.#request("POST", "/execute", { ...call, json });
  }

  /** Reject a pending plan. */
  async reject(planId: string, reason?: string, options: CallOptions = {}): Promise<Plan> {
    return this.#request("POST", "/reject", { ...options, json: { planId, reason } });
  }

  /** Yield the plans of this account, the newest first, page by page. */
  list(
    filter: { state?: PlanHead["state"]; projectId?: string; limit?: number } = {},
    options: CallOptions = {},
  ): AsyncGenerator<PlanHead, void, undefined> {
    return listItems(this.#api, "getPlans", filter, options);
  }

  async #get(query: Query, options: CallOptions): Promise<Plan> {
    return this.#request("GET", "", { ...options, query });
  }

  async #request(method: string, path: string, request: TransportRequest): Promise<Plan> {
    const requiredField = "planId";
    return this.#transport.request(method, PLANS_PATH + path, { ...request, requiredField });
  }
}
