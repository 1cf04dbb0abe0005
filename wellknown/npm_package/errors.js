/** Errors of this client: one tree, so that `instanceof` says what to do next. */
/** Any error that this client throws. */
export class KillaTamataError extends Error {
    /**
     * The key that the call was sent with, if it was a write: the same call with it acts once.
     * After `JobFailed` it returns the failed job; leave the key out to make it again.
     */
    idempotencyKey;
    /** The job that was submitted before the error, if one was; submitting again pays again. */
    jobId;
    constructor(message, options) {
        super(message, options);
        this.name = new.target.name;
    }
}
/** The signal of the call was aborted: `cause` is its reason. A write may be done all the same. */
export class Aborted extends KillaTamataError {
    constructor(signal) {
        super("The signal of the call was aborted.", { cause: signal.reason });
    }
}
/** No answer arrived. Repeat a write with the `idempotencyKey` of this error: it acts once. */
export class ConnectionFailed extends KillaTamataError {
}
/** No answer arrived within the timeout of the call. */
export class TimedOut extends ConnectionFailed {
}
/** The answer is not what the API promises; often something else answers at this address. */
export class UnexpectedResponse extends KillaTamataError {
}
/** An output is gone, or arrived damaged. */
export class DownloadFailed extends KillaTamataError {
}
/** A webhook message is not signed by this secret, or is too old. */
export class SignatureInvalid extends KillaTamataError {
}
/** The job ended without success; nothing was charged. */
export class JobFailed extends KillaTamataError {
    job;
    constructor(job) {
        super(`${job.jobId} has ${job.status}: ${job.error?.message ?? job.endReason ?? "no reason"}`);
        this.job = job;
        this.jobId = job.jobId;
    }
}
/** The job or plan has not ended in time; it goes on. */
export class WaitTimedOut extends KillaTamataError {
    current;
    constructor(current) {
        super(`${"jobId" in current ? current.jobId : current.planId} has not ended; it goes on.`);
        this.current = current;
        if ("jobId" in current)
            this.jobId = current.jobId;
    }
}
/** The gateway refused; `problem` is its whole problem document. */
export class StatusError extends KillaTamataError {
    status;
    problem;
    headers;
    code;
    hint;
    retryable;
    requestId;
    constructor(status, problem, headers) {
        super(describeProblem(status, problem));
        this.status = status;
        this.problem = problem;
        this.headers = headers;
        this.code = toText(problem.code);
        this.hint = toText(problem.hint);
        this.retryable = problem.retryable === true;
        this.requestId = toText(problem.requestId) || (headers.get("x-request-id") ?? "");
    }
}
/** 400: the request cannot be read. */
export class BadRequest extends StatusError {
}
/** 401: no valid key. */
export class AuthenticationFailed extends StatusError {
}
/** 402: not enough credit, or a limit would be exceeded. */
export class PaymentRequired extends StatusError {
    /** The price, in dollars. */
    get requiredUsd() {
        return this.problem.requiredUsd;
    }
    /** The available balance, in dollars. */
    get balanceUsd() {
        return this.problem.balanceUsd;
    }
    /** The page that sells credit. */
    get topUpUrl() {
        return this.problem.topUpUrl;
    }
}
/** 403: this key may not do this. */
export class PermissionDenied extends StatusError {
}
/** 404: it does not exist, or it is not yours. */
export class NotFound extends StatusError {
}
/** 409: the current state does not allow it. */
export class Conflict extends StatusError {
}
/** 410: expired or gone. */
export class Gone extends StatusError {
}
/** 412 or 428: it has changed meanwhile, or no version was given. */
export class PreconditionFailed extends StatusError {
}
/** 413: too large. */
export class TooLarge extends StatusError {
}
/** 422: understood, but a value is wrong. */
export class Unprocessable extends StatusError {
    /** The wrong fields, where the refusal lists them. */
    get errors() {
        return listFieldErrors(this.problem);
    }
}
/** 429: too many requests. */
export class RateLimited extends StatusError {
    /** The seconds to wait before the next call. */
    get retryAfterSeconds() {
        return this.problem.retryAfterSeconds;
    }
}
/** 5xx: the gateway failed or is busy. */
export class ServerError extends StatusError {
}
const ERRORS_BY_STATUS = {
    400: BadRequest,
    401: AuthenticationFailed,
    402: PaymentRequired,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
    413: TooLarge,
    422: Unprocessable,
    428: PreconditionFailed,
    429: RateLimited,
};
/** Build the error of a refusal from its status and body. */
export function buildStatusError(status, headers, text) {
    const kind = ERRORS_BY_STATUS[status] ?? (status >= 500 ? ServerError : StatusError);
    return new kind(status, parseProblem(text), headers);
}
function parseProblem(text) {
    try {
        const value = JSON.parse(text);
        return isObject(value) ? value : {};
    }
    catch {
        return {};
    }
}
function describeProblem(status, problem) {
    const fields = listFieldErrors(problem).map((each) => `\`${each.field}\` ${each.message}`);
    const sentences = [
        toText(problem.detail) || `The gateway answered ${status}.`,
        fields.length > 0 ? `${fields.join("; ")}.` : "",
        toText(problem.hint),
    ];
    return sentences.filter((each) => each !== "").join(" ");
}
// Any program on the way can refuse, with a JSON of its own.
function listFieldErrors(problem) {
    return Array.isArray(problem.errors) ? problem.errors.filter(isObject) : [];
}
function isObject(value) {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
function toText(value) {
    return typeof value === "string" ? value : "";
}
