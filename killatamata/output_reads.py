"""Reads of stored files by their signed address alone: no key, and no client."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO, TYPE_CHECKING, Any

from killatamata._sync.copying import copy_file
from killatamata._sync.transport import Transport
from killatamata.errors import DownloadFailed, KillaTamataError
from killatamata.output_files import FileSink, clean_name, find_start, get_output_name, open_sink
from killatamata.pictures import open_picture
from killatamata.timeouts import Timeout

if TYPE_CHECKING:
    import PIL.Image

SECONDS, MAX_RETRIES = 60, 2


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file as the gateway describes it; the hash where it is known."""

    url: str | None
    name: str
    bytes: int
    sha256: str | None


def describe_file(media: Any) -> StoredFile:  # noqa: ANN401 - an output, a result or an asset
    """Return what an output, a result and an asset say under different names."""
    url = getattr(media, "url", None) or getattr(media, "download_url", None)
    name = getattr(media, "filename", None)
    safe = clean_name(name or "") or (get_output_name(media) if hasattr(media, "index") else "file")
    return StoredFile(url, safe, media.bytes, getattr(media, "sha256", None))


def read_file(media: Any, timeout: Timeout | None = None) -> bytes:  # noqa: ANN401 - as above
    """Return the bytes of a file."""
    buffer = io.BytesIO()
    save_file(media, buffer, timeout)
    return buffer.getvalue()


def save_file(
    media: Any,  # noqa: ANN401 - as above
    to: str | Path | IO[bytes],
    timeout: Timeout | None = None,
) -> Path | None:
    """Save a file under a path, in a folder or into an open file."""
    file = describe_file(media)
    url = file.url
    if url is None:
        raise DownloadFailed(f"{file.name} is no longer stored.")
    with _open_transport(url, timeout, MAX_RETRIES) as transport:

        def read() -> Iterator[bytes]:
            with transport.stream("GET", url, read=False) as response:
                yield from response.iter_bytes()

        if not isinstance(to, str | Path):
            start = find_start(to)
            copy_file(read, lambda: FileSink(to, start), file, MAX_RETRIES)
            return None
        folder = Path(to)
        is_folder = str(to).endswith("/") or folder.is_dir()
        target = folder / file.name if is_folder else folder
        return copy_file(read, lambda: open_sink(target), file, MAX_RETRIES)


def read_picture(
    media: Any,  # noqa: ANN401 - as above
    timeout: Timeout | None = None,
) -> "PIL.Image.Image":
    """Return a picture, or the poster of a video."""
    if media.kind == "video" and getattr(media, "poster_url", None):
        with _open_transport(media.poster_url, timeout, MAX_RETRIES) as transport:
            return open_picture(transport.send("GET", media.poster_url).content)
    return open_picture(read_file(media, timeout))


@contextmanager
def _open_transport(url: str, timeout: Timeout | None, max_retries: int) -> Iterator[Transport]:
    """Open a transport without a key to the host of a signed address."""
    transport = Transport(
        None,
        url,
        timeout=SECONDS if timeout is None else timeout,
        max_retries=max_retries,
        http_client=None,
        default_headers=None,
    )
    try:
        yield transport
    finally:
        transport.close()


def read_small(url: str, most_bytes: int, until: float) -> bytes | None:
    """Return a small file, or None if it is larger, cannot be had, or is not here in time.

    `until` is a time of `monotonic`, so a server that sends slowly is given up too.
    """
    seconds = until - monotonic()
    if seconds <= 0:
        return None
    data = bytearray()
    try:
        with (
            _open_transport(url, seconds, max_retries=0) as transport,
            transport.stream("GET", url, read=False) as response,
        ):
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > most_bytes or monotonic() > until:
                    return None
    except (KillaTamataError, ValueError):
        return None
    return bytes(data)
