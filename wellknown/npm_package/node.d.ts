/** Files of Node: media from a path, and outputs to a path. */
import type { Client } from "./client.js";
import type { CallOptions } from "./transport.js";
import type { Job } from "./types.js";
/** Open a file as media of an input or an upload; it is read when it is sent. */
export declare function openFile(path: string): Promise<File>;
/**
 * Save all outputs of a job into a folder, or under a file name; return their paths.
 *
 * Of several outputs the second of `fox.png` becomes `fox-2.png`. A file appears only when it is
 * complete.
 *
 * @throws DownloadFailed - an output is gone, or arrived damaged.
 */
export declare function saveOutputs(client: Client, job: Job | string, to?: string, options?: CallOptions): Promise<string[]>;
