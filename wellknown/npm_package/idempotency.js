/** The idempotency key of a write, kept where it is needed most: on the error of the call. */
import { KillaTamataError } from "./errors.js";
/**
 * Do a write, with its uploads, under one idempotency key.
 *
 * The key is chosen before the first call. An error of any call carries this key and no other, so
 * that the write can be repeated with it and acts once.
 */
export async function keepKey(options, write) {
    const idempotencyKey = options.idempotencyKey ?? crypto.randomUUID();
    return markErrors({ idempotencyKey }, () => write({ ...options, idempotencyKey }));
}
/** Await the work; an error of it gets these fields, in place of those of an inner call. */
export async function markErrors(fields, work) {
    try {
        return await work();
    }
    catch (thrown) {
        // A callback may throw anything.
        const error = thrown instanceof Error ? thrown : new KillaTamataError(describe(thrown), { cause: thrown });
        for (const [name, value] of Object.entries(fields))
            Reflect.set(error, name, value);
        throw error;
    }
}
function describe(thrown) {
    return typeof thrown === "string" ? thrown : "A callback threw what is no Error: see cause.";
}
