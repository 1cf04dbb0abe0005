/** Errors of this client: one tree, so that `instanceof` says what to do next. */
import type { Job, Plan, Problem } from "./types.js";
/** The problem document of a refusal; a body that is none, as of a proxy, leaves it empty. */
export type ProblemDocument = Partial<Problem>;
/** A wrong field, and how to mend it. */
export interface FieldError {
    field?: string;
    message?: string;
    hint?: string;
}
/** Any error that this client throws. */
export declare class KillaTamataError extends Error {
    /**
     * The key that the call was sent with, if it was a write: the same call with it acts once.
     * After `JobFailed` it returns the failed job; leave the key out to make it again.
     */
    idempotencyKey?: string;
    /** The job that was submitted before the error, if one was; submitting again pays again. */
    jobId?: string;
    constructor(message: string, options?: ErrorOptions);
}
/** The signal of the call was aborted: `cause` is its reason. A write may be done all the same. */
export declare class Aborted extends KillaTamataError {
    constructor(signal: AbortSignal);
}
/** No answer arrived. Repeat a write with the `idempotencyKey` of this error: it acts once. */
export declare class ConnectionFailed extends KillaTamataError {
}
/** No answer arrived within the timeout of the call. */
export declare class TimedOut extends ConnectionFailed {
}
/** The answer is not what the API promises; often something else answers at this address. */
export declare class UnexpectedResponse extends KillaTamataError {
}
/** An output is gone, or arrived damaged. */
export declare class DownloadFailed extends KillaTamataError {
}
/** A webhook message is not signed by this secret, or is too old. */
export declare class SignatureInvalid extends KillaTamataError {
}
/** The job ended without success; nothing was charged. */
export declare class JobFailed extends KillaTamataError {
    readonly job: Job;
    constructor(job: Job);
}
/** The job or plan has not ended in time; it goes on. */
export declare class WaitTimedOut extends KillaTamataError {
    readonly current: Job | Plan;
    constructor(current: Job | Plan);
}
/** The gateway refused; `problem` is its whole problem document. */
export declare class StatusError extends KillaTamataError {
    readonly status: number;
    readonly problem: ProblemDocument;
    readonly headers: Headers;
    readonly code: string;
    readonly hint: string;
    readonly retryable: boolean;
    readonly requestId: string;
    constructor(status: number, problem: ProblemDocument, headers: Headers);
}
/** 400: the request cannot be read. */
export declare class BadRequest extends StatusError {
}
/** 401: no valid key. */
export declare class AuthenticationFailed extends StatusError {
}
/** 402: not enough credit, or a limit would be exceeded. */
export declare class PaymentRequired extends StatusError {
    /** The price, in dollars. */
    get requiredUsd(): string | undefined;
    /** The available balance, in dollars. */
    get balanceUsd(): string | undefined;
    /** The page that sells credit. */
    get topUpUrl(): string | undefined;
}
/** 403: this key may not do this. */
export declare class PermissionDenied extends StatusError {
}
/** 404: it does not exist, or it is not yours. */
export declare class NotFound extends StatusError {
}
/** 409: the current state does not allow it. */
export declare class Conflict extends StatusError {
}
/** 410: expired or gone. */
export declare class Gone extends StatusError {
}
/** 412 or 428: it has changed meanwhile, or no version was given. */
export declare class PreconditionFailed extends StatusError {
}
/** 413: too large. */
export declare class TooLarge extends StatusError {
}
/** 422: understood, but a value is wrong. */
export declare class Unprocessable extends StatusError {
    /** The wrong fields, where the refusal lists them. */
    get errors(): FieldError[];
}
/** 429: too many requests. */
export declare class RateLimited extends StatusError {
    /** The seconds to wait before the next call. */
    get retryAfterSeconds(): number | undefined;
}
/** 5xx: the gateway failed or is busy. */
export declare class ServerError extends StatusError {
}
/** Build the error of a refusal from its status and body. */
export declare function buildStatusError(status: number, headers: Headers, text: string): StatusError;
