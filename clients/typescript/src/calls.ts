/** Every operation of the API as a typed call, by the name it has in the documentation. */

import { OPERATIONS } from "./operations.js";
import type { CallOptions, Query, Transport } from "./transport.js";
import type { operations } from "./types.js";

export type OperationName = keyof typeof OPERATIONS & keyof operations;

type QueryOf<O> = O extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never;
type BodyOf<O> = O extends { requestBody?: infer B }
  ? NonNullable<B> extends { content: { "application/json": infer J } }
    ? J
    : NonNullable<B> extends { content: { "application/octet-stream": unknown } }
      ? Blob
      : never
  : never;
type Part<Name extends string, V> = [V] extends [never]
  ? { [N in Name]?: never }
  : Partial<V> extends V
    ? { [N in Name]?: V }
    : { [N in Name]: V };

/** What a call takes: `query`, `body` and options. */
export type CallArguments<N extends OperationName> = Part<"query", QueryOf<operations[N]>> &
  Part<"body", BodyOf<operations[N]>> &
  CallOptions;

type Contents<R> = R extends { content: infer C }
  ? C extends { "application/json": infer J }
    ? J
    : C[keyof C]
  : never;
type Responses<N extends OperationName> = operations[N]["responses"];

/** What a call answers: a `Response` where the answer is not JSON, such as a picture. */
export type CallAnswer<N extends OperationName> = (typeof OPERATIONS)[N] extends readonly [
  string,
  string,
  "response",
]
  ? Response
  : {
      [S in keyof Responses<N>]: S extends 200 | 201 | 202
        ? Contents<Responses<N>[S]>
        : S extends 204
          ? void
          : never;
    }[keyof Responses<N>];

type Call<N extends OperationName> =
  Partial<CallArguments<N>> extends CallArguments<N>
    ? (call?: CallArguments<N>) => Promise<CallAnswer<N>>
    : (call: CallArguments<N>) => Promise<CallAnswer<N>>;

/** One function for each operation. */
export type Api = { [N in OperationName]: Call<N> };

type ItemOf<A> = A extends { data: readonly (infer I)[]; nextCursor: string | null } ? I : never;

/** The operations that answer in pages. */
export type ListName = {
  [N in OperationName]: [ItemOf<CallAnswer<N>>] extends [never] ? never : N;
}[OperationName];
export type ListItem<N extends ListName> = ItemOf<CallAnswer<N>>;

interface AnyCall extends CallOptions {
  query?: Query;
  body?: unknown;
}

/** Build the functions of all operations. */
export function buildApi(transport: Transport): Api {
  const calls = Object.entries(OPERATIONS).map(([name, [method, path, answer]]) => {
    const call = ({ query, body, ...options }: AnyCall = {}) => {
      const content = body instanceof Blob ? { content: body } : { json: body };
      const request = { ...options, query, ...content };
      return answer === "response"
        ? transport.open(method, path, request)
        : transport.request(method, path, request);
    };
    return [name, call];
  });
  return Object.fromEntries(calls) as Api;
}

/** Yield the items of all pages of a list. */
export async function* listItems<N extends ListName>(
  api: Api,
  name: N,
  query: Query = {},
  options: CallOptions = {},
): AsyncGenerator<ListItem<N>, void, undefined> {
  const call = api[name] as unknown as (call: AnyCall) => Promise<{
    data: ListItem<N>[];
    nextCursor: string | null;
  }>;
  let cursor: unknown = query["cursor"];
  do {
    const page = await call({ ...options, query: { ...query, cursor } });
    yield* page.data;
    cursor = page.nextCursor;
  } while (cursor !== null);
}
