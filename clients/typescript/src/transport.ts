/**
 * One call over HTTP: the key, one idempotency key for all tries, refusals as errors.
 *
 * Each try of a write carries the same idempotency key, so a try whose answer was lost cannot act
 * twice. The key of the account goes to the gateway alone: whole URLs (signed downloads) are asked
 * without it, and redirects are followed only then.
 */

import { Deadline } from "./deadline.js";
import {
  buildStatusError,
  ConnectionFailed,
  StatusError,
  UnexpectedResponse,
} from "./errors.js";
import { keepKey } from "./idempotency.js";
import { computePauseMs, isRetryable, pause } from "./retries.js";
import { VERSION } from "./version.js";

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

const KEY_HEADER = "X-Idempotency-Key";
const API_KEY = /^[\x21-\x7e]+$/;
const LARGE_JSON_CHARACTERS = 2 ** 20;
const SLOWEST_UPLOAD_BYTES_PER_SECOND = 2 ** 16;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const rawResponses = new WeakMap<object, RawResponse>();

/** Return the HTTP answer that an answer was read from. */
export function getRawResponse(answer: object): RawResponse | undefined {
  return rawResponses.get(answer);
}

type ReadAnswer<T> = (response: Response, deadline: Deadline, retries: number) => Promise<T>;

/** Divide the options of a call from the fields that stand beside them. */
export function splitOptions<T extends CallOptions>(options: T) {
  const { idempotencyKey, signal, headers, timeoutSeconds, ...fields } = options;
  const call: CallOptions = {
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(signal !== undefined && { signal }),
    ...(headers !== undefined && { headers }),
    ...(timeoutSeconds !== undefined && { timeoutSeconds }),
  };
  return { call, fields };
}

export class Transport {
  readonly baseUrl: string;
  readonly maxRetries: number;
  readonly timeoutSeconds: number;
  readonly #apiKey: string;
  readonly #fetch: typeof fetch;
  readonly #headers: Record<string, string>;

  constructor(options: ClientOptions) {
    // A file that a key is kept in ends with a line break.
    const apiKey = (options.apiKey ?? readEnvironment("KT_API_KEY"))?.trim();
    const baseUrl = (options.baseUrl ?? readEnvironment("KT_API_BASE"))?.trim();
    if (!apiKey) throw new TypeError("No key: pass apiKey, or set KT_API_KEY.");
    // The key is not quoted: errors end up in logs.
    if (!API_KEY.test(apiKey)) throw new TypeError("The key has a character that no key has.");
    if (!baseUrl) throw new TypeError("No gateway: pass baseUrl, or set KT_API_BASE.");
    checkUrl(baseUrl);
    this.#apiKey = apiKey;
    this.baseUrl = baseUrl.replace(/\/+$/, "");
    this.maxRetries = options.maxRetries ?? 2;
    this.timeoutSeconds = options.timeoutSeconds ?? 60;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.#headers = options.defaultHeaders ?? {};
  }

  /** Call, and return the answer's JSON; nothing for an empty answer. */
  async request<T>(method: string, path: string, request: TransportRequest = {}): Promise<T> {
    return this.#send(method, path, request, async (response, deadline, retries) => {
      const value = readAnswer(response, await deadline.bound(() => response.text()), request);
      if (typeof value === "object" && value !== null) {
        const requestId = response.headers.get("x-request-id") ?? "";
        const { status, headers } = response;
        rawResponses.set(value, { status, headers, requestId, retries });
      }
      return value as T;
    });
  }

  /** Call, and return the answer as soon as its head is there; its body is bounded by chunk. */
  async open(method: string, path: string, request: TransportRequest = {}): Promise<Response> {
    return this.#send(method, path, request, async (response, deadline) =>
      deadline.boundBody(response),
    );
  }

  async #send<T>(
    method: string,
    path: string,
    request: TransportRequest,
    read: ReadAnswer<T>,
  ): Promise<T> {
    const send = (call: TransportRequest) => this.#retry(method, path, call, read);
    return method === "POST" || method === "PATCH" ? keepKey(request, send) : send(request);
  }

  async #retry<T>(
    method: string,
    path: string,
    request: TransportRequest,
    read: ReadAnswer<T>,
  ): Promise<T> {
    const url = this.#buildUrl(path, request.query);
    const headers = this.#buildHeaders(path, request);
    const json = request.json === undefined ? null : JSON.stringify(request.json);
    const isLarge = json !== null && json.length > LARGE_JSON_CHARACTERS;
    const content = request.content ?? (isLarge ? new Blob([json]) : null);
    const seconds = request.timeoutSeconds ?? this.timeoutSeconds;
    const unseenSeconds = seconds + (content?.size ?? 0) / SLOWEST_UPLOAD_BYTES_PER_SECOND;
    // A redirect could lead the key to another host: only a call without it may follow one.
    const redirect = headers.has("Authorization") ? "manual" : "follow";
    for (let tries = 1; ; tries++) {
      if (tries > 1) headers.set("X-Retry-Count", String(tries - 1));
      try {
        const deadline = new Deadline(url.origin, seconds, request.signal);
        const { signal } = deadline;
        const body = content ? deadline.watchUpload(content) : json;
        const response = await deadline.bound(
          () => this.#fetch(url, { method, headers, body, redirect, signal }),
          unseenSeconds,
        );
        refuseRedirect(response);
        if (!response.ok) {
          const text = await deadline.bound(() => response.text());
          throw buildStatusError(response.status, response.headers, text);
        }
        return await read(response, deadline, tries - 1);
      } catch (error) {
        if (tries > this.maxRetries || !canRetry(error)) throw error;
        const refusal = error instanceof StatusError ? error.headers : undefined;
        await pause(computePauseMs(tries, refusal), request.signal);
      }
    }
  }

  #buildUrl(path: string, query: Query | undefined): URL {
    const url = new URL(path.startsWith("/") ? this.baseUrl + path : path);
    checkUrl(url.href);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value === undefined || value === null) continue;
      url.searchParams.set(name, value === true ? "1" : value === false ? "0" : String(value));
    }
    return url;
  }

  #buildHeaders(path: string, request: TransportRequest): Headers {
    const own = path.startsWith("/");
    const headers = new Headers(own ? { "X-Client-Version": VERSION, ...this.#headers } : {});
    // A browser sets its own name.
    if (!("window" in globalThis)) headers.set("User-Agent", `killatamata-typescript/${VERSION}`);
    if (request.json !== undefined) headers.set("Content-Type", "application/json");
    if (request.content) headers.set("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
    if (request.idempotencyKey !== undefined) headers.set(KEY_HEADER, request.idempotencyKey);
    // What a caller adds never replaces the key.
    if (own) headers.set("Authorization", `Bearer ${this.#apiKey}`);
    return headers;
  }
}

function canRetry(error: unknown): boolean {
  if (error instanceof StatusError) return isRetryable(error.status, error.headers, error.code);
  return error instanceof ConnectionFailed;
}

function refuseRedirect(response: Response): void {
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    // What follows the question mark may sign the address.
    const where = response.headers.get("location")?.split("?")[0] ?? "another address";
    throw new UnexpectedResponse(`The gateway redirected to ${where}; this is not followed.`);
  }
}

function readAnswer(response: Response, text: string, request: TransportRequest): unknown {
  const { requiredField: field } = request;
  if (text === "" && field === undefined) return undefined;
  const type = response.headers.get("content-type") ?? "";
  if (/json/.test(type)) {
    const value = parseJson(text);
    if (field === undefined || hasText(value, field)) return value;
    throw new UnexpectedResponse(`The answer has no ${field}: is a gateway at this address?`);
  }
  if (new Headers(request.headers).has("Accept")) return text; // the caller asked for its type
  throw new UnexpectedResponse(`The answer is not JSON, but ${type || "of no type"}.`);
}

function hasText(value: unknown, field: string): boolean {
  return typeof Object(value)[field] === "string";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text itself is left out, and so is the cause, which quotes it: it can hold a key.
    throw new UnexpectedResponse(`The answer is not JSON: ${text.length} characters.`);
  }
}

/** Refuse a URL that is not https, and not http of this machine, or that holds a password. */
function checkUrl(text: string): void {
  // None of these texts quotes the URL, nor does a cause: a password may be in it.
  if (!URL.canParse(text)) throw new TypeError("The address of the gateway is not a URL.");
  const url = new URL(text);
  if (url.username || url.password) {
    throw new TypeError(`The address of ${url.host} must not hold a user name or a password.`);
  }
  const plain = url.protocol === "http:" && LOOPBACK.test(url.hostname);
  if (url.protocol !== "https:" && !plain) {
    throw new TypeError(`${url.protocol}//${url.host} must begin with https:// (http:// only on this machine).`);
  }
}

function readEnvironment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name];
}
