/** Webhooks: verification of signed messages (https://www.standardwebhooks.com). */
import { SignatureInvalid, UnexpectedResponse } from "./errors.js";
const PREFIX = "whsec_";
/**
 * Verify a message by one of the secrets (`whsec_…`) and return its event.
 *
 * `payload` is the raw body, byte for byte: parsed and written again it has another signature.
 *
 * @throws SignatureInvalid - no signature fits, or the message is too old or too new.
 */
export async function unwrapWebhook(payload, headers, secrets, { toleranceSeconds = 300 } = {}) {
    const [id, sentAt] = [readHeader(headers, "webhook-id"), readHeader(headers, "webhook-timestamp")];
    // Without this check a recorded message could be sent again at any time.
    const age = Math.abs(Date.now() / 1000 - Number(sentAt));
    if (!/^\d+$/.test(sentAt) || age > toleranceSeconds) {
        throw new SignatureInvalid("The message's timestamp is missing, or too far from now.");
    }
    const body = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
    const signed = join(new TextEncoder().encode(`${id}.${sentAt}.`), body);
    const received = readHeader(headers, "webhook-signature")
        .split(" ")
        .filter((each) => each.startsWith("v1,"))
        .map((each) => fromBase64(each.slice(3)))
        .filter((each) => each !== undefined);
    // A message has several signatures while a secret is rotated; one that matches is enough.
    for (const secret of typeof secrets === "string" ? [secrets] : secrets) {
        const key = await importSecret(secret);
        for (const signature of received) {
            // It compares in constant time.
            if (await crypto.subtle.verify("HMAC", key, signature, signed))
                return parseEvent(body);
        }
    }
    throw new SignatureInvalid("No signature of the message matches.");
}
async function importSecret(secret) {
    const bytes = fromBase64(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
    if (!bytes?.length)
        throw new SignatureInvalid("A secret must be whsec_ followed by base64.");
    return crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}
function parseEvent(body) {
    try {
        const event = JSON.parse(new TextDecoder().decode(body));
        if (typeof event.type === "string" && typeof event.data === "object")
            return event;
    }
    catch {
        // Said below.
    }
    throw new UnexpectedResponse("The message is signed, but is not an event.");
}
function readHeader(headers, name) {
    if (headers instanceof Headers)
        return headers.get(name) ?? "";
    const found = Object.entries(headers).find(([each]) => each.toLowerCase() === name)?.[1];
    return typeof found === "string" ? found : (found?.join(" ") ?? "");
}
function join(first, second) {
    const bytes = new Uint8Array(first.length + second.length);
    bytes.set(first);
    bytes.set(second, first.length);
    return bytes;
}
function fromBase64(text) {
    try {
        return Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
    }
    catch {
        return undefined;
    }
}
