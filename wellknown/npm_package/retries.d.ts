/** Retries of a call: which refusals are tried again, and after which pause. */
/** Return true if the same call may succeed a little later. */
export declare function isRetryable(status: number, headers: Headers, code: string): boolean;
/** Return the pause before the next try: of `Retry-After`, else random and doubling, up to 8 s. */
export declare function computePauseMs(tries: number, headers?: Headers): number;
/** Wait, or throw `Aborted` as soon as the signal is aborted. */
export declare function pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
