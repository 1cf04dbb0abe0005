/**
 * One call over HTTP: the key, one idempotency key for all tries, refusals as errors.
 *
 * Each try of a write carries the same idempotency key, so a try whose answer was lost cannot act
 * twice. The key of the account goes to the gateway alone: whole URLs (signed downloads) are asked
 * without it, and redirects are followed only then.
 */
import { buildStatusError, ConnectionFailed, KillaTamataError, StatusError, TimedOut, UnexpectedResponse, } from "./errors.js";
import { computePauseMs, isRetryable, pause } from "./retries.js";
import { VERSION } from "./version.js";
const KEY_HEADER = "X-Idempotency-Key";
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const rawResponses = new WeakMap();
/** Return the HTTP answer that an answer was read from. */
export function getRawResponse(answer) {
    return rawResponses.get(answer);
}
export class Transport {
    baseUrl;
    maxRetries;
    timeoutSeconds;
    #apiKey;
    #fetch;
    #headers;
    constructor(options) {
        const apiKey = options.apiKey ?? readEnvironment("KT_API_KEY");
        const baseUrl = options.baseUrl ?? readEnvironment("KT_API_BASE");
        if (!apiKey)
            throw new TypeError("No key: pass apiKey, or set KT_API_KEY.");
        if (!baseUrl)
            throw new TypeError("No gateway: pass baseUrl, or set KT_API_BASE.");
        checkUrl(baseUrl);
        this.#apiKey = apiKey;
        this.baseUrl = baseUrl.replace(/\/+$/, "");
        this.maxRetries = options.maxRetries ?? 2;
        this.timeoutSeconds = options.timeoutSeconds ?? 60;
        this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
        this.#headers = options.defaultHeaders ?? {};
    }
    /** Call, and return the answer's JSON; nothing for an empty answer. */
    async request(method, path, request = {}) {
        const { response, text, retries } = await this.#retry(method, path, request, readWhole);
        if (!/json/.test(response.headers.get("content-type") ?? ""))
            return text;
        const value = parseJson(text);
        if (typeof value === "object" && value !== null) {
            const requestId = response.headers.get("x-request-id") ?? "";
            const { status, headers } = response;
            rawResponses.set(value, { status, headers, requestId, retries });
        }
        return value;
    }
    /** Call, and return the answer as soon as its head is there. */
    async open(method, path, request = {}) {
        return (await this.#retry(method, path, request, readHead)).response;
    }
    async #retry(method, path, request, read) {
        const url = this.#buildUrl(path, request.query);
        const headers = this.#buildHeaders(method, path, request);
        for (let tries = 1;; tries++) {
            if (tries > 1)
                headers.set("X-Retry-Count", String(tries - 1));
            try {
                const answer = await this.#try(url, method, headers, request, read);
                return { ...answer, retries: tries - 1 };
            }
            catch (error) {
                if (tries > this.maxRetries || !canRetry(error)) {
                    const key = headers.get(KEY_HEADER);
                    if (key !== null && error instanceof KillaTamataError)
                        error.idempotencyKey = key;
                    throw error;
                }
                const refusal = error instanceof StatusError ? error.headers : undefined;
                await pause(computePauseMs(tries, refusal), request.signal);
            }
        }
    }
    async #try(url, method, headers, request, read) {
        const timeout = new AbortController();
        const seconds = request.timeoutSeconds ?? this.timeoutSeconds;
        const timer = setTimeout(() => timeout.abort(), seconds * 1000);
        const { signal } = timeout;
        try {
            // A redirect could lead the key to another host: only a call without it may follow one.
            const response = await this.#fetch(url, {
                method,
                headers,
                body: request.content ?? (request.json === undefined ? null : JSON.stringify(request.json)),
                redirect: headers.has("Authorization") ? "manual" : "follow",
                signal: request.signal ? AbortSignal.any([signal, request.signal]) : signal,
            });
            refuseRedirect(response);
            if (!response.ok) {
                throw buildStatusError(response.status, response.headers, await response.text());
            }
            return { response, text: await read(response) };
        }
        catch (error) {
            request.signal?.throwIfAborted();
            if (error instanceof KillaTamataError)
                throw error;
            const text = signal.aborted ? `none within ${seconds} s` : describeCause(error);
            const kind = signal.aborted ? TimedOut : ConnectionFailed;
            throw new kind(`No answer from ${url.origin}: ${text}`, { cause: error });
        }
        finally {
            clearTimeout(timer);
        }
    }
    #buildUrl(path, query) {
        const url = new URL(path.startsWith("/") ? this.baseUrl + path : path);
        checkUrl(url.href);
        for (const [name, value] of Object.entries(query ?? {})) {
            if (value === undefined || value === null)
                continue;
            url.searchParams.set(name, value === true ? "1" : value === false ? "0" : String(value));
        }
        return url;
    }
    #buildHeaders(method, path, request) {
        const own = path.startsWith("/");
        const headers = new Headers(own ? { "X-Client-Version": VERSION, ...this.#headers } : {});
        // A browser sets its own name.
        if (!("window" in globalThis))
            headers.set("User-Agent", `killatamata-typescript/${VERSION}`);
        if (request.json !== undefined)
            headers.set("Content-Type", "application/json");
        if (request.content)
            headers.set("Content-Type", "application/octet-stream");
        for (const [name, value] of Object.entries(request.headers ?? {}))
            headers.set(name, value);
        if (method === "POST" || method === "PATCH") {
            headers.set(KEY_HEADER, request.idempotencyKey ?? crypto.randomUUID());
        }
        // What a caller adds never replaces the key.
        if (own)
            headers.set("Authorization", `Bearer ${this.#apiKey}`);
        return headers;
    }
}
function canRetry(error) {
    if (error instanceof StatusError)
        return isRetryable(error.status, error.headers, error.code);
    return error instanceof ConnectionFailed;
}
async function readWhole(response) {
    return response.text();
}
async function readHead() {
    return "";
}
function refuseRedirect(response) {
    if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
        // What follows the question mark may sign the address.
        const where = response.headers.get("location")?.split("?")[0] ?? "another address";
        throw new UnexpectedResponse(`The gateway redirected to ${where}; this is not followed.`);
    }
}
function parseJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        // The text itself is left out, and so is the cause, which quotes it: it can hold a key.
        throw new UnexpectedResponse(`The answer is not JSON: ${text.length} characters.`);
    }
}
/** Refuse a URL that is not https, and not http of this machine. */
function checkUrl(text) {
    const url = new URL(text);
    const plain = url.protocol === "http:" && LOOPBACK.test(url.hostname);
    if (url.protocol !== "https:" && !plain) {
        throw new TypeError(`${url.protocol}//${url.host} must begin with https:// (http:// only on this machine).`);
    }
}
function describeCause(error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return cause instanceof Error ? cause.message : String(cause);
}
function readEnvironment(name) {
    const { process } = globalThis;
    return process?.env?.[name];
}
