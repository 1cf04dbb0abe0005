/** Every operation of the API as a typed call, by the name it has in the documentation. */
import { OPERATIONS } from "./operations.js";
/** Build the functions of all operations. */
export function buildApi(transport) {
    const calls = Object.entries(OPERATIONS).map(([name, [method, path, answer]]) => {
        const call = ({ query, body, ...options } = {}) => {
            const content = body instanceof Blob ? { content: body } : { json: body };
            const request = { ...options, query, ...content };
            return answer === "response"
                ? transport.open(method, path, request)
                : transport.request(method, path, request);
        };
        return [name, call];
    });
    return Object.fromEntries(calls);
}
/** Yield the items of all pages of a list. */
export async function* listItems(api, name, query = {}, options = {}) {
    const call = api[name];
    let cursor = query["cursor"];
    do {
        const page = await call({ ...options, query: { ...query, cursor } });
        yield* page.data;
        cursor = page.nextCursor;
    } while (cursor !== null);
}
