/** Events of a job while it runs: a stream of server-sent events, opened again when it is lost. */
import { ConnectionFailed, UnexpectedResponse } from "./errors.js";
import { computePauseMs, pause } from "./retries.js";
const PATH = "/api/v1/media/jobs/events";
const LONGEST_SILENCE_SECONDS = 30; // a gateway sends a comment every 15 seconds
/** Follow a job to its end. */
export async function* followJob(transport, jobId, options) {
    let lastId = "";
    let lost = 0;
    const seconds = options.timeoutSeconds ?? transport.timeoutSeconds;
    const timeoutSeconds = Math.max(seconds, LONGEST_SILENCE_SECONDS);
    for (;;) {
        const headers = { ...options.headers, ...(lastId && { "Last-Event-ID": lastId }) };
        const call = { ...options, timeoutSeconds, headers, query: { jobId } };
        let loss = new ConnectionFailed("The events ended before the job.");
        let isAnswered = false;
        try {
            const response = await transport.open("GET", PATH, call);
            for await (const each of readEvents(response)) {
                isAnswered = true;
                if (!each.data)
                    continue; // a comment, or how long to wait
                lastId = each.id;
                yield parseEvent(each);
                if (each.type === "done")
                    return;
            }
        }
        catch (error) {
            if (!(error instanceof ConnectionFailed))
                throw error;
            loss = error;
        }
        // A gateway ends each stream after an hour, and a job may wait for a day.
        lost = isAnswered ? 0 : lost + 1;
        if (lost > transport.maxRetries)
            throw loss;
        await pause(computePauseMs(Math.max(lost, 1)), options.signal);
    }
}
async function* readEvents(response) {
    const reader = (response.body ?? new ReadableStream()).getReader();
    const decoder = new TextDecoder();
    let text = "";
    try {
        for (;;) {
            const { done, value } = await reader.read();
            text += done ? decoder.decode() : decoder.decode(value, { stream: true });
            const blocks = text.split(/\r?\n\r?\n/);
            text = blocks.pop() ?? "";
            for (const block of blocks)
                yield parseBlock(block);
            if (done)
                return;
        }
    }
    finally {
        await reader.cancel().catch(() => undefined);
    }
}
function parseBlock(block) {
    const event = { type: "message", id: "", data: "" };
    const data = [];
    for (const line of block.split(/\r?\n/)) {
        const [, name, value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
        if (name === "event")
            event.type = value;
        if (name === "id")
            event.id = value;
        if (name === "data")
            data.push(value);
    }
    return { ...event, data: data.join("\n") };
}
function parseEvent({ type, id, data }) {
    try {
        const value = JSON.parse(data);
        if (type === "done")
            return { type, id, job: value };
        return { type: type, id, data: value };
    }
    catch {
        throw new UnexpectedResponse("The stream sent no event of a job."); // it may hold a key
    }
}
