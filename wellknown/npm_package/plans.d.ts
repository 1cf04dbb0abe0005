/** Approval plans: frozen steps at exact prices, each plan executed once. */
import { type Api } from "./calls.js";
import { type WithMedia } from "./media.js";
import { type CallOptions, type Transport } from "./transport.js";
import type { ExecutePlan, Plan, PlanHead, PreparePlan, StepRequest } from "./types.js";
import { type WaitOptions } from "./waits.js";
/** A step of a plan; its input takes local media. */
export type PlanStepRequest = WithMedia<StepRequest>;
export type PrepareOptions = Omit<PreparePlan, "steps" | "resumeOf"> & CallOptions;
export type ExecuteOptions = Omit<ExecutePlan, "planId" | "planHash"> & CallOptions;
/** The approval plans of this account. */
export declare class Plans {
    #private;
    constructor(transport: Transport, api: Api);
    /** Freeze steps at exact prices, free of charge; one bad step refuses all. */
    prepare(steps: readonly PlanStepRequest[], options?: PrepareOptions): Promise<Plan>;
    /** Return a plan. */
    get(planId: string, options?: CallOptions): Promise<Plan>;
    /** Wait until the plan was decided and all its steps have ended, and return it. */
    wait(plan: Plan | string, options?: WaitOptions<Plan> & CallOptions): Promise<Plan>;
    /**
     * Execute a plan once, exactly as it was shown: its hash goes along.
     *
     * @throws PermissionDenied - code `approval_required`: show `plan.approvalUrl` to a person.
     */
    execute(plan: Plan, options?: ExecuteOptions): Promise<Plan>;
    /** Reject a pending plan. */
    reject(planId: string, reason?: string, options?: CallOptions): Promise<Plan>;
    /** Yield the plans of this account, the newest first, page by page. */
    list(filter?: {
        state?: PlanHead["state"];
        projectId?: string;
        limit?: number;
    }, options?: CallOptions): AsyncGenerator<PlanHead, void, undefined>;
}
