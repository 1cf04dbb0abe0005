/** The time limit of a call: for each chunk that is sent, its head, its body or each chunk of it. */
export declare class Deadline {
    #private;
    readonly origin: string;
    readonly seconds: number;
    readonly callSignal: AbortSignal | undefined;
    readonly signal: AbortSignal;
    constructor(origin: string, seconds: number, callSignal: AbortSignal | undefined);
    /** Await a step within the limit; what it throws becomes an error of this client. */
    bound<T>(step: () => Promise<T>, limitSeconds?: number): Promise<T>;
    /** Return a body that starts the limit again with each chunk that `fetch` takes of it. */
    watchUpload(body: Blob): Blob;
    /** Return the answer with a body of which each chunk must arrive within the limit. */
    boundBody(response: Response): Response;
}
