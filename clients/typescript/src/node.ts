/** Files of Node: media from a path, and outputs to a path. */

import { openAsBlob } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import type { Client } from "./client.js";
import type { CallOptions } from "./transport.js";
import type { Job } from "./types.js";

const MIME_TYPES: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".gif": "image/gif",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
  ".mov": "video/quicktime",
  ".wav": "audio/wav",
  ".mp3": "audio/mpeg",
  ".flac": "audio/flac",
  ".ogg": "audio/ogg",
};

/** Open a file as media of an input or an upload; it is read when it is sent. */
export async function openFile(path: string): Promise<File> {
  const type = MIME_TYPES[extname(path).toLowerCase()] ?? "application/octet-stream";
  return new File([await openAsBlob(path)], basename(path), { type });
}

/**
 * Save all outputs of a job into a folder, or under a file name; return their paths.
 *
 * Of several outputs the second of `fox.png` becomes `fox-2.png`. A file appears only when it is
 * complete.
 *
 * @throws DownloadFailed - an output is gone, or arrived damaged.
 */
export async function saveOutputs(
  client: Client,
  job: Job | string,
  to = ".",
  options: CallOptions = {},
): Promise<string[]> {
  const files = await client.jobs.download(job, options);
  const folder = await isFolder(to);
  const paths: string[] = [];
  for (const [place, file] of files.entries()) {
    const path = folder ? join(to, file.name) : numberPath(to, place);
    await mkdir(dirname(path), { recursive: true });
    await saveFile(file, path);
    paths.push(path);
  }
  return paths;
}

async function saveFile(file: File, path: string): Promise<void> {
  const part = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.part`);
  try {
    await writeFile(part, new Uint8Array(await file.arrayBuffer()));
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}

async function isFolder(path: string): Promise<boolean> {
  if (/[/\\]$/.test(path)) return true;
  return stat(path).then((each) => each.isDirectory()).catch(() => false);
}

function numberPath(path: string, place: number): string {
  const extension = extname(path);
  return place === 0 ? path : `${path.slice(0, -extension.length || undefined)}-${place + 1}${extension}`;
}
