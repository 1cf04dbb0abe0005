/**
 * Media of this program as inputs: inline where they are small enough, else as an asset.
 *
 * One body holds at most 22 MiB of inline media: base64 makes 30 MiB of them, and the gateway takes
 * bodies of 32 MiB. What does not fit is uploaded first, and its field is sent as `…Url`.
 */

import { keepKey } from "./idempotency.js";
import type { CallOptions, Transport } from "./transport.js";
import type { AssetMade, InlineMedia, UploadLink } from "./types.js";

/** Bytes that a media field takes; a file of Node is opened by `openFile` of `killatamata/node`. */
export type LocalMedia = Blob | Uint8Array | ArrayBuffer;

/** A type of the API in which inline media may also be local media. */
export type WithMedia<T> = T extends InlineMedia
  ? T | LocalMedia
  : T extends readonly (infer E)[]
    ? WithMedia<E>[]
    : T extends object
      ? { [K in keyof T]: WithMedia<T[K]> }
      : T;

/** Options of an upload. */
export interface UploadOptions extends CallOptions {
  /** Default: the selected project, or the inbox. */
  projectId?: string;
  /** Default: the name of the file. */
  filename?: string;
}

const UPLOAD_PATH = "/api/v1/studio/assets/upload";
const MIB = 2 ** 20;
const INLINE_BYTES = 10 * MIB;
const INLINE_TOTAL_BYTES = 22 * MIB;
const DEFAULT_FILE_NAME = "media";
const BASE64_CHUNK_BYTES = 24_573; // a multiple of 3, so that chunks of base64 join

/** Upload media and return the asset; the same bytes again give the same asset. */
export async function uploadMedia(
  transport: Transport,
  media: LocalMedia,
  { projectId, filename, ...options }: UploadOptions = {},
): Promise<AssetMade> {
  const content = toBlob(media);
  const name = filename ?? (content instanceof File ? content.name : DEFAULT_FILE_NAME);
  return keepKey(options, async (call) => {
    const upload = { ...call, content, requiredField: "assetId" };
    if (projectId !== undefined) {
      const query = { projectId, filename: name };
      return transport.request("POST", UPLOAD_PATH, { ...upload, query });
    }
    const json = { filename: name, bytes: Math.max(content.size, 1) };
    const link = await transport.request<UploadLink>("POST", `${UPLOAD_PATH}-link`, {
      ...dropKey(options),
      json,
      requiredField: "uploadUrl",
    });
    return transport.request("POST", link.uploadUrl, upload);
  });
}

/** Replaces local media by what the API takes; one instance counts the bytes of one request. */
export class Inputs {
  readonly #transport: Transport;
  readonly #call: CallOptions;
  #inlineBytes = 0;

  /** The options are those of the request; its key is for the request alone. */
  constructor(transport: Transport, options: CallOptions) {
    this.#transport = transport;
    this.#call = dropKey(options);
  }

  /** Return the input as JSON can hold it; a field that became an upload is named `…Url`. */
  async resolve(input: object): Promise<Record<string, unknown>> {
    const resolved: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(input)) {
      if (value === undefined) continue;
      const items: unknown[] = Array.isArray(value) ? value : [value];
      if (items.some(isLocalMedia)) {
        const [key, media] = await this.#resolveField(name, items, Array.isArray(value), input);
        resolved[key] = media;
      } else {
        resolved[name] = await this.#resolveValue(value);
      }
    }
    return resolved;
  }

  async #resolveValue(value: unknown): Promise<unknown> {
    if (Array.isArray(value)) return Promise.all(value.map((each) => this.#resolveValue(each)));
    return typeof value === "object" && value !== null ? this.resolve(value) : value;
  }

  async #resolveField(
    name: string,
    items: unknown[],
    many: boolean,
    input: object,
  ): Promise<[string, unknown]> {
    const singular = many ? name.replace(/s$/, "") : name;
    const isInline = !singular.endsWith("Url") && this.#reserveInlineBytes(items);
    const key = isInline ? name : `${singular.replace(/Url$/, "")}Url${many ? "s" : ""}`;
    if (key !== name && Reflect.get(input, key) !== undefined) {
      throw new TypeError(`${name} and ${key} name the same media: give one of them.`);
    }
    const media: unknown[] = [];
    for (const each of items) {
      if (!isLocalMedia(each)) media.push(each);
      else media.push(isInline ? await toInlineMedia(each) : await this.#upload(each));
    }
    return [key, many ? media : media[0]];
  }

  #reserveInlineBytes(items: unknown[]): boolean {
    const sizes = items.filter(isLocalMedia).map((each) => toBlob(each).size);
    const total = sizes.reduce((sum, each) => sum + each, this.#inlineBytes);
    if (Math.max(...sizes) > INLINE_BYTES || total > INLINE_TOTAL_BYTES) return false;
    this.#inlineBytes = total;
    return true;
  }

  async #upload(media: LocalMedia): Promise<string> {
    return `asset://${(await uploadMedia(this.#transport, media, this.#call)).assetId}`;
  }
}

function dropKey({ idempotencyKey: _, ...options }: CallOptions): CallOptions {
  return options;
}

function isLocalMedia(value: unknown): value is LocalMedia {
  return value instanceof Blob || value instanceof Uint8Array || value instanceof ArrayBuffer;
}

function toBlob(media: LocalMedia): Blob {
  return media instanceof Blob ? media : new Blob([media as BlobPart]);
}

async function toInlineMedia(media: LocalMedia): Promise<InlineMedia> {
  const blob = toBlob(media);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let data = "";
  for (let at = 0; at < bytes.length; at += BASE64_CHUNK_BYTES) {
    data += btoa(String.fromCharCode(...bytes.subarray(at, at + BASE64_CHUNK_BYTES)));
  }
  return { mimeType: blob.type || "application/octet-stream", data };
}
