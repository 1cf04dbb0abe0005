"""Files of a job: inputs fetched from the storage, outputs brought into it.

While the storage is away the worker asks again for a minute: a GPU's work is not repeated because
of a short silence.
"""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import structlog

from gateway.kit.errors import Problem
from gateway.library.preview_files import (
    PREVIEW_CLIP_TYPE,
    PREVIEW_PICTURE_TYPE,
    StoredPreviews,
    build_preview_clip_key,
    build_preview_key,
)
from gateway.media.jobs import outputs
from gateway.media.jobs.claims import ClaimedJob
from gateway.storage.base import Storage, StorageUnavailable
from workers.jobs.machine import MachineFailed
from workers.pipelines.base import Output, PreviewPaths

PATIENCE_SECONDS, FIRST_WAIT_SECONDS, LAST_WAIT_SECONDS = 60.0, 0.5, 5.0
log = structlog.stdlib.get_logger("workers")


@asynccontextmanager
async def open_scratch_folder() -> AsyncIterator[Path]:
    """Yield a new temporary folder, and remove it after the block.

    Raises:
        MachineFailed: this machine cannot make one.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="kt-job-"))
    except OSError as error:
        raise MachineFailed(f"no folder for temporary files: {error}") from error
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def fetch_inputs(
    storage: Storage, claimed: ClaimedJob, folder: Path
) -> dict[str, Sequence[Path]]:
    """Fetch the inputs of a job into a folder; return their paths by wire name, order kept.

    Raises:
        Problem: the storage stays away, or no longer has them.
    """
    files: dict[str, Sequence[Path]] = {}
    for name, keys in claimed.inputs.items():
        paths = [folder / f"{name}-{number}{Path(key).suffix}" for number, key in enumerate(keys)]
        for key, path in zip(keys, paths, strict=True):
            await retry_storage_call(lambda key=key, path=path: storage.fetch_to(key, path))  # type: ignore[misc]
        files[name] = paths
    return files


async def store_outputs(
    storage: Storage, claimed: ClaimedJob, made: Sequence[Output]
) -> list[outputs.MadeOutput]:
    """Store the outputs of a job, each with its poster and previews, all files side by side.

    All are durable when this returns, and none is written any more when it raises.

    Raises:
        Problem: the storage stays away, or is full.
    """
    return await _run_together(
        *(_store_output(storage, claimed, index, output) for index, output in enumerate(made))
    )


async def _store_output(
    storage: Storage, claimed: ClaimedJob, index: int, made: Output
) -> outputs.MadeOutput:
    key = outputs.build_output_key(claimed.job_id, claimed.fence, index, made.mime_type)
    poster = None
    files = [(key, made.path, made.mime_type)]
    if made.poster_path is not None:
        poster = outputs.build_poster_key(claimed.job_id, claimed.fence, index)
        files.append((poster, made.poster_path, "image/webp"))
    previews, *_ = await _run_together(
        store_previews(storage, key, made.previews),
        *(retry_storage_call(partial(storage.put_file, *file)) for file in files),
    )
    return outputs.MadeOutput(
        key=key,
        poster_key=poster,
        kind=made.kind,
        mime_type=made.mime_type,
        width=made.width,
        height=made.height,
        frames=made.frames,
        fps=made.fps,
        duration=made.duration_seconds,
        has_audio=made.has_audio,
        size_bytes=made.size_bytes,
        sha256=made.sha256,
        previews=previews,
    )


async def _run_together(*calls: Awaitable[Any]) -> list[Any]:
    """Await these side by side until the last has ended, then raise the first error, if any."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


async def store_previews(storage: Storage, key: str, made: PreviewPaths) -> StoredPreviews:
    """Store the previews of the output under `key`, all at once.

    They are tried once: a storage that is away or full costs the previews, never the output.
    """
    clip_key = None if made.clip is None else build_preview_clip_key(key)
    files = [
        (build_preview_key(key, side), path, PREVIEW_PICTURE_TYPE)
        for side, path in made.pictures.items()
    ]
    if made.clip is not None and clip_key is not None:
        files.append((clip_key, made.clip, PREVIEW_CLIP_TYPE))
    try:
        async with asyncio.TaskGroup() as group:
            for target, path, mime_type in files:
                group.create_task(storage.put_file(target, path, mime_type))
    except* Problem as errors:
        log.warning("previews_not_stored", key=key, reason=str(errors.exceptions[0]))
    else:
        return StoredPreviews(sorted(made.pictures), clip_key, made.placeholder)
    return StoredPreviews(placeholder=made.placeholder)


async def retry_storage_call(call_storage: Callable[[], Awaitable[None]]) -> None:
    """Call the storage by `call_storage`, and again for a minute while it is away.

    Raises:
        Problem: it stays away, or refuses.
    """
    deadline, pause = monotonic() + PATIENCE_SECONDS, FIRST_WAIT_SECONDS
    while True:
        try:
            return await call_storage()
        except StorageUnavailable:
            if monotonic() > deadline:
                raise
            log.warning("storage_away")
        await asyncio.sleep(pause)
        pause = min(2 * pause, LAST_WAIT_SECONDS)
