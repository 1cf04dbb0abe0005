/**
 * One call over HTTP: the key, one idempotency key for all tries, refusals as errors.
 *
 * Each try of a write carries the same idempotency key, so a try whose answer was lost cannot act
 * twice. The key of the account goes to the gateway alone: whole URLs (signed downloads) are asked
 * without it, and redirects are followed only then.
 */
/** Options of a client. */
export interface ClientOptions {
    /** Default: `KT_API_KEY` of the environment. */
    apiKey?: string;
    /** Default: `KT_API_BASE` of the environment. */
    baseUrl?: string;
    /** Seconds without an answer after which a try is given up; default 60. An upload may take
     * longer, as long as it goes on: each chunk has this time, and the answer after the last one.
     * Where `fetch` does not tell (browsers, Bun), it has a second more for each 64 KiB. */
    timeoutSeconds?: number;
    /** How often a failed try is repeated; default 2. */
    maxRetries?: number;
    /** Added to each call to the gateway; never replaces the key. */
    defaultHeaders?: Record<string, string>;
    /** Instead of the global `fetch`. */
    fetch?: typeof fetch;
}
/** Options of one call. */
export interface CallOptions {
    /** One key per intended operation; send the same one when your own program tries again. */
    idempotencyKey?: string;
    /** Ends the call, its retries and its waits. */
    signal?: AbortSignal;
    headers?: Record<string, string>;
    timeoutSeconds?: number;
}
export type Query = Record<string, unknown>;
/** A request: its query, and at most one kind of body. */
export interface TransportRequest extends CallOptions {
    query?: Query | undefined;
    json?: unknown;
    content?: Blob;
    /** A text that the JSON of the answer must have; else it is no answer of a gateway. */
    requiredField?: string;
}
/** The HTTP answer that a value was read from. */
export interface RawResponse {
    status: number;
    headers: Headers;
    requestId: string;
    retries: number;
}
/** Return the HTTP answer that an answer was read from. */
export declare function getRawResponse(answer: object): RawResponse | undefined;
/** Divide the options of a call from the fields that stand beside them. */
export declare function splitOptions<T extends CallOptions>(options: T): {
    call: CallOptions;
    fields: Omit<T, "signal" | "headers" | "idempotencyKey" | "timeoutSeconds">;
};
export declare class Transport {
    #private;
    readonly baseUrl: string;
    readonly maxRetries: number;
    readonly timeoutSeconds: number;
    constructor(options: ClientOptions);
    /** Call, and return the answer's JSON; nothing for an empty answer. */
    request<T>(method: string, path: string, request?: TransportRequest): Promise<T>;
    /** Call, and return the answer as soon as its head is there; its body is bounded by chunk. */
    open(method: string, path: string, request?: TransportRequest): Promise<Response>;
}
