/** Webhooks: verification of signed messages (https://www.standardwebhooks.com). */
import type { JobCompleted, JobStarted, Ping } from "./types.js";
/** An event that was sent; a newer gateway may send more types. */
export type WebhookEvent = JobStarted | JobCompleted | Ping;
/** The headers of a request, as Node or a `Request` has them. */
export type WebhookHeaders = Headers | Record<string, string | readonly string[] | undefined>;
/** Options of a verification. */
export interface UnwrapOptions {
    /** How old or new a message may be; default 300. */
    toleranceSeconds?: number;
}
/**
 * Verify a message by one of the secrets (`whsec_…`) and return its event.
 *
 * `payload` is the raw body, byte for byte: parsed and written again it has another signature.
 *
 * @throws SignatureInvalid - no signature fits, or the message is too old or too new.
 */
export declare function unwrapWebhook(payload: string | Uint8Array, headers: WebhookHeaders, secrets: string | readonly string[], { toleranceSeconds }?: UnwrapOptions): Promise<WebhookEvent>;
