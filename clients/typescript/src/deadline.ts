/** The time limit of a call: for its head, its body, or each chunk of a body. */

import { Aborted, ConnectionFailed, KillaTamataError, TimedOut } from "./errors.js";

const LONGEST_TIMER_MS = 2 ** 31 - 1; // a longer timer fires at once

export class Deadline {
  readonly signal: AbortSignal;
  readonly #timeout = new AbortController();

  constructor(
    readonly origin: string,
    readonly seconds: number,
    readonly callSignal: AbortSignal | undefined,
  ) {
    const { signal } = this.#timeout;
    this.signal = callSignal ? AbortSignal.any([signal, callSignal]) : signal;
  }

  /** Await a step within the limit; what it throws becomes an error of this client. */
  async bound<T>(step: () => Promise<T>): Promise<T> {
    const milliseconds = Math.min(this.seconds * 1000, LONGEST_TIMER_MS);
    const timer = setTimeout(() => this.#timeout.abort(), milliseconds);
    try {
      return await step();
    } catch (error) {
      throw this.#explain(error);
    } finally {
      clearTimeout(timer);
    }
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

  #explain(error: unknown): KillaTamataError {
    if (error instanceof KillaTamataError) return error;
    if (this.callSignal?.aborted) return new Aborted(this.callSignal);
    const isLate = this.#timeout.signal.aborted;
    const text = isLate ? `none within ${Math.ceil(this.seconds)} s` : describeCause(error);
    const kind = isLate ? TimedOut : ConnectionFailed;
    return new kind(`No answer from ${this.origin}: ${text}`, { cause: error });
  }
}

function describeCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
