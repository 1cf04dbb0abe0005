/**
 * One call over HTTP: the key, one idempotency key for all tries, refusals as errors.
 *
 * Each try of a write carries the same idempotency key, so a try whose answer was lost cannot act
 * twice. The key of the account goes to the gateway alone: whole URLs (signed downloads) are asked
 * without it, and redirects are followed only then.
 */

import {
  buildStatusError,
  ConnectionFailed,
  KillaTamataError,
  StatusError,
  TimedOut,
  UnexpectedResponse,
} from "./errors.js";
import { computePauseMs, isRetryable, pause } from "./retries.js";
import { VERSION } from "./version.js";

/** Options of a client. */
export interface ClientOptions {
  /** Default: `KT_API_KEY` of the environment. */
  apiKey?: string;
  /** Default: `KT_API_BASE` of the environment. */
  baseUrl?: string;
  /** Seconds for each try of a call; default 60. */
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
}

/** The HTTP answer that a value was read from. */
export interface RawResponse {
  status: number;
  headers: Headers;
  requestId: string;
  retries: number;
}

interface Answer {
  response: Response;
  text: string;
  retries: number;
}

const KEY_HEADER = "X-Idempotency-Key";
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const rawResponses = new WeakMap<object, RawResponse>();

/** Return the HTTP answer that an answer was read from. */
export function getRawResponse(answer: object): RawResponse | undefined {
  return rawResponses.get(answer);
}

export class Transport {
  readonly baseUrl: string;
  readonly maxRetries: number;
  readonly timeoutSeconds: number;
  readonly #apiKey: string;
  readonly #fetch: typeof fetch;
  readonly #headers: Record<string, string>;

  constructor(options: ClientOptions) {
    const apiKey = options.apiKey ?? readEnvironment("KT_API_KEY");
    const baseUrl = options.baseUrl ?? readEnvironment("KT_API_BASE");
    if (!apiKey) throw new TypeError("No key: pass apiKey, or set KT_API_KEY.");
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
    const { response, text, retries } = await this.#retry(method, path, request, readWhole);
    if (!/json/.test(response.headers.get("content-type") ?? "")) return text as T;
    const value = parseJson(text) as T;
    if (typeof value === "object" && value !== null) {
      const requestId = response.headers.get("x-request-id") ?? "";
      const { status, headers } = response;
      rawResponses.set(value, { status, headers, requestId, retries });
    }
    return value;
  }

  /** Call, and return the answer as soon as its head is there. */
  async open(method: string, path: string, request: TransportRequest = {}): Promise<Response> {
    return (await this.#retry(method, path, request, readHead)).response;
  }

  async #retry(
    method: string,
    path: string,
    request: TransportRequest,
    read: (response: Response) => Promise<string>,
  ): Promise<Answer> {
    const url = this.#buildUrl(path, request.query);
    const headers = this.#buildHeaders(method, path, request);
    for (let tries = 1; ; tries++) {
      if (tries > 1) headers.set("X-Retry-Count", String(tries - 1));
      try {
        const answer = await this.#try(url, method, headers, request, read);
        return { ...answer, retries: tries - 1 };
      } catch (error) {
        if (tries > this.maxRetries || !canRetry(error)) {
          const key = headers.get(KEY_HEADER);
          if (key !== null && error instanceof KillaTamataError) error.idempotencyKey = key;
          throw error;
        }
        const refusal = error instanceof StatusError ? error.headers : undefined;
        await pause(computePauseMs(tries, refusal), request.signal);
      }
    }
  }

  async #try(
    url: URL,
    method: string,
    headers: Headers,
    request: TransportRequest,
    read: (response: Response) => Promise<string>,
  ): Promise<{ response: Response; text: string }> {
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
    } catch (error) {
      request.signal?.throwIfAborted();
      if (error instanceof KillaTamataError) throw error;
      const text = signal.aborted ? `none within ${seconds} s` : describeCause(error);
      const kind = signal.aborted ? TimedOut : ConnectionFailed;
      throw new kind(`No answer from ${url.origin}: ${text}`, { cause: error });
    } finally {
      clearTimeout(timer);
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

  #buildHeaders(method: string, path: string, request: TransportRequest): Headers {
    const own = path.startsWith("/");
    const headers = new Headers(own ? { "X-Client-Version": VERSION, ...this.#headers } : {});
    // A browser sets its own name.
    if (!("window" in globalThis)) headers.set("User-Agent", `killatamata-typescript/${VERSION}`);
    if (request.json !== undefined) headers.set("Content-Type", "application/json");
    if (request.content) headers.set("Content-Type", "application/octet-stream");
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, value);
    if (method === "POST" || method === "PATCH") {
      headers.set(KEY_HEADER, request.idempotencyKey ?? crypto.randomUUID());
    }
    // What a caller adds never replaces the key.
    if (own) headers.set("Authorization", `Bearer ${this.#apiKey}`);
    return headers;
  }
}

function canRetry(error: unknown): boolean {
  if (error instanceof StatusError) return isRetryable(error.status, error.headers, error.code);
  return error instanceof ConnectionFailed;
}

async function readWhole(response: Response): Promise<string> {
  return response.text();
}

async function readHead(): Promise<string> {
  return "";
}

function refuseRedirect(response: Response): void {
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    // What follows the question mark may sign the address.
    const where = response.headers.get("location")?.split("?")[0] ?? "another address";
    throw new UnexpectedResponse(`The gateway redirected to ${where}; this is not followed.`);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The text itself is left out, and so is the cause, which quotes it: it can hold a key.
    throw new UnexpectedResponse(`The answer is not JSON: ${text.length} characters.`);
  }
}

/** Refuse a URL that is not https, and not http of this machine. */
function checkUrl(text: string): void {
  const url = new URL(text);
  const plain = url.protocol === "http:" && LOOPBACK.test(url.hostname);
  if (url.protocol !== "https:" && !plain) {
    throw new TypeError(`${url.protocol}//${url.host} must begin with https:// (http:// only on this machine).`);
  }
}

function describeCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function readEnvironment(name: string): string | undefined {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name];
}
