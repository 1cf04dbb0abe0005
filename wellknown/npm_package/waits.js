/** Waits for the end of a job or a plan: long polls with callbacks. */
import { WaitTimedOut } from "./errors.js";
import { pause } from "./retries.js";
const LONG_POLL_SECONDS = 30;
const OPEN_STATES = ["queued", "running"];
const ENDED_STATES = ["succeeded", "failed", "canceled", "expired"];
const ENDED_PLAN_STATES = ["rejected", "expired"];
const ENDED_OUTCOMES = ["succeeded", "partial", "failed", "canceled"];
const WHOLE_PERCENT = 100;
/** Fetch it by long polls until it has ended, and return it. */
export async function waitForEnd(first, fetch, callSeconds, options) {
    const until = Date.now() + (options.waitSeconds ?? Infinity) * 1000;
    // Half the timeout: a long poll must answer before the transport gives the call up.
    const longest = Math.min(LONG_POLL_SECONDS, callSeconds / 2);
    let current = first;
    let toldStatus = "";
    for (;;) {
        await options.onProgress?.(current);
        if (getStatus(current) !== toldStatus) {
            toldStatus = getStatus(current);
            await options.onStatus?.(current);
        }
        if (!isOpen(current))
            return current;
        const seen = current.version;
        // A plan can expire before its row says so: then its version stays.
        while (current.version === seen && isOpen(current)) {
            const began = Date.now();
            if (began >= until)
                throw new WaitTimedOut(current);
            const seconds = Math.floor(Math.min(longest, (until - began) / 1000));
            current = await fetch(seconds, seen);
            const isNews = current.version !== seen || !isOpen(current);
            if (!isNews && Date.now() - began < 1000) {
                // Answered at once without news, as a gateway does that stops: do not hammer it.
                await pause(Math.max(0, Math.min(until - Date.now(), getPollMs(current))), options.signal);
            }
        }
    }
}
function getStatus(current) {
    return "planId" in current ? (current.outcome ?? current.state) : current.status;
}
function getPollMs(current) {
    return (("pollAfterSeconds" in current && current.pollAfterSeconds) || 1) * 1000;
}
function isOpen(current) {
    if ("planId" in current)
        return isPlanOpen(current);
    if (OPEN_STATES.includes(current.status))
        return true;
    // A newer gateway may have more states: then the time of its end says if it has ended.
    return !ENDED_STATES.includes(current.status) && current.finishedAt === null;
}
function isPlanOpen({ state, outcome, decidedAt, secondsLeft, steps }) {
    if (ENDED_PLAN_STATES.includes(state) || ENDED_OUTCOMES.includes(outcome ?? ""))
        return false;
    if (state === "pending" || outcome === "running")
        return true;
    // Words of a newer gateway: then it waits for its decision until it expires, and for its steps
    // until each has ended or was left out.
    if (decidedAt === null)
        return secondsLeft > 0;
    return steps.some(({ percent }) => percent !== null && percent < WHOLE_PERCENT);
}
