/** Waits for the end of a job or a plan: long polls with callbacks. */
import type { Job, Plan } from "./types.js";
/** Options of a wait. */
export interface WaitOptions<T> {
    /** Give up after these seconds; default: never. */
    waitSeconds?: number;
    /** Gets it as it is, and whenever it has changed. */
    onProgress?: (current: T) => void | Promise<void>;
    /** Gets it whenever its status has changed. */
    onStatus?: (current: T) => void | Promise<void>;
    signal?: AbortSignal;
}
/** Fetch it by long polls until it has ended, and return it. */
export declare function waitForEnd<T extends Job | Plan>(first: T, fetch: (waitSeconds: number, sinceVersion: number) => Promise<T>, callSeconds: number, options: WaitOptions<T>): Promise<T>;
