/** The time limit of a call: for each chunk that is sent, its head, its body or each chunk of it. */

import { Aborted, ConnectionFailed, KillaTamataError, TimedOut } from "./errors.js";

const CHUNK_BYTES = 2 ** 16;
const LONGEST_TIMER_MS = 2 ** 31 - 1; // a longer timer fires at once

export class Deadline {
  readonly signal: AbortSignal;
  readonly #timeout = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #limitSeconds = 0;

  constructor(
    readonly origin: string,
    readonly seconds: number,
    readonly callSignal: AbortSignal | undefined,
  ) {
    const { signal } = this.#timeout;
    this.signal = callSignal ? AbortSignal.any([signal, callSignal]) : signal;
  }

  /** Await a step within the limit; what it throws becomes an error of this client. */
  async bound<T>(step: () => Promise<T>, limitSeconds = this.seconds): Promise<T> {
    this.#startTimer(limitSeconds);
    try {
      return await step();
    } catch (error) {
      throw this.#explain(error);
    } finally {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  /** Return a body that starts the limit again with each chunk that `fetch` takes of it. */
  watchUpload(body: Blob): Blob {
    return new WatchedBlob(body, () => {
      if (this.#timer !== undefined) this.#startTimer(this.seconds); // else the step is over
    });
  }

  /** Return the answer with a body of which each chunk must arrive within the limit. */
  boundBody(response: Response): Response {
    if (response.body === null) return response;
    const reader = response.body.getReader();
    const source: UnderlyingDefaultSource<Uint8Array> = {
      pull: async (controller) => {
        const { done, value } = await this.bound(() => reader.read());
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    };
    // Nothing is read ahead: a caller who takes long over a chunk does not use up the time.
    return new Response(new ReadableStream(source, { highWaterMark: 0 }), response);
  }

  #startTimer(seconds: number): void {
    clearTimeout(this.#timer);
    this.#limitSeconds = seconds;
    const milliseconds = Math.min(seconds * 1000, LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#timeout.abort(), milliseconds);
  }

  #explain(error: unknown): KillaTamataError {
    if (error instanceof KillaTamataError) return error;
    if (this.callSignal?.aborted) return new Aborted(this.callSignal);
    const isLate = this.#timeout.signal.aborted;
    const text = isLate ? `none within ${Math.ceil(this.#limitSeconds)} s` : describeCause(error);
    const kind = isLate ? TimedOut : ConnectionFailed;
    return new kind(`No answer from ${this.origin}: ${text}`, { cause: error });
  }
}

/** A Blob that tells when a part of it is read. Browsers and Bun read it without telling. */
class WatchedBlob extends Blob {
  readonly #onRead: () => void;

  constructor(blob: Blob, onRead: () => void) {
    super([blob]);
    this.#onRead = onRead;
  }

  override stream(): ReturnType<Blob["stream"]> {
    let at = 0;
    const source: UnderlyingDefaultSource<Uint8Array<ArrayBuffer>> = {
      pull: async (controller) => {
        this.#onRead();
        if (at >= this.size) return controller.close();
        const part = this.slice(at, at + CHUNK_BYTES); // a Blob in memory streams as one chunk
        controller.enqueue(new Uint8Array(await part.arrayBuffer()));
        at += part.size;
      },
    };
    this.#onRead();
    return new ReadableStream(source, { highWaterMark: 0 });
  }
}

function describeCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
