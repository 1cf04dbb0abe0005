/** Retries of a call: which refusals are tried again, and after which pause. */
import { Aborted } from "./errors.js";
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
const LONGEST_RETRY_AFTER_MS = 60_000;
/** Return true if the same call may succeed a little later. */
export function isRetryable(status, headers, code) {
    const advice = headers.get("x-should-retry")?.toLowerCase();
    if (advice === "true" || advice === "false")
        return advice === "true";
    if (readRetryAfterMs(headers) > LONGEST_RETRY_AFTER_MS)
        return false;
    if (status === 409)
        return code === "idempotency_in_progress";
    return status === 408 || status === 429 || status >= 500;
}
/** Return the pause before the next try: of `Retry-After`, else random and doubling, up to 8 s. */
export function computePauseMs(tries, headers) {
    // Without chance, clients that a restart cut off together would come back together.
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
    return (headers && readRetryAfterMs(headers)) || Math.random() * most;
}
/** Wait, or throw `Aborted` as soon as the signal is aborted. */
export function pause(milliseconds, signal) {
    return new Promise((resolve, reject) => {
        const stop = () => {
            clearTimeout(timer);
            if (signal)
                reject(new Aborted(signal));
        };
        const timer = setTimeout(() => {
            signal?.removeEventListener("abort", stop);
            resolve();
        }, milliseconds);
        if (signal?.aborted)
            stop();
        else
            signal?.addEventListener("abort", stop, { once: true });
    });
}
function readRetryAfterMs(headers) {
    const seconds = Number(headers.get("retry-after") ?? 0);
    return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0;
}
