/**
 * Media of this program as inputs: inline where they are small enough, else as an asset.
 *
 * One body holds at most 22 MiB of inline media: base64 makes 30 MiB of them, and the gateway takes
 * bodies of 32 MiB. What does not fit is uploaded first, and its field is sent as `…Url`.
 */
import type { CallOptions, Transport } from "./transport.js";
import type { AssetMade, InlineMedia } from "./types.js";
/** Bytes that a media field takes; a file of Node is opened by `openFile` of `killatamata/node`. */
export type LocalMedia = Blob | Uint8Array | ArrayBuffer;
/** A type of the API in which inline media may also be local media. */
export type WithMedia<T> = T extends InlineMedia ? T | LocalMedia : T extends readonly (infer E)[] ? WithMedia<E>[] : T extends object ? {
    [K in keyof T]: WithMedia<T[K]>;
} : T;
/** Options of an upload. */
export interface UploadOptions extends CallOptions {
    /** Default: the selected project, or the inbox. */
    projectId?: string;
    /** Default: the name of the file. */
    filename?: string;
}
/** Upload media and return the asset; the same bytes again give the same asset. */
export declare function uploadMedia(transport: Transport, media: LocalMedia, { projectId, filename, ...options }?: UploadOptions): Promise<AssetMade>;
/** Replaces local media by what the API takes; one instance counts the bytes of one request. */
export declare class Inputs {
    #private;
    /** The options are those of the request; its key is for the request alone. */
    constructor(transport: Transport, options: CallOptions);
    /** Return the input as JSON can hold it; a field that became an upload is named `…Url`. */
    resolve(input: object): Promise<Record<string, unknown>>;
}
