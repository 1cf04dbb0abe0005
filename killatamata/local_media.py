"""Local media: a path, bytes, an open binary file or a picture in memory, read the same way."""

import base64
import io
import mimetypes
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from killatamata.output_files import CHUNK_BYTES
from killatamata.pictures import Picture, encode_picture
from killatamata.types import Asset, Job, JobOutput, MediaOutput

MediaFile: TypeAlias = os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Picture
"""Media of this machine: a path, bytes, an open binary file, a picture of Pillow or NumPy."""
StoredMedia: TypeAlias = Asset | Job | JobOutput | MediaOutput
"""Media that the gateway has: an asset, an output, or a job with one output."""
DEFAULT_FILE_NAME = "media"
MOST_BYTES_IN_MEMORY = 10 * 2**20


@dataclass(frozen=True, slots=True)
class UploadProgress:
    """Progress of the upload of a file; a new try begins at 0 again."""

    name: str
    sent_bytes: int
    total_bytes: int


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Bytes with a name and a size; each try of a request opens them again."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]

    @property
    def mime_type(self) -> str:
        """Guess the type from the name; the gateway inspects the bytes itself."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def read(self) -> bytes:
        """Return all bytes."""
        with self.open() as file:
            return file.read(self.size)

    def read_chunks(self) -> Iterator[bytes]:
        """Yield the bytes in chunks of 64 KiB."""
        with self.open() as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


def to_local_media(value: object) -> LocalMedia | None:
    """Return a value as local media, or None if it is not; a string is not media.

    An open file is read from its current position, which stays. A picture in memory becomes PNG.

    Raises:
        TypeError: a file is open in text mode.
        OSError: the file cannot be read.
        ValueError: a picture has other numbers than pixels have, or is to be turned.
        ImportError: an array is given, and Pillow is not installed.
    """
    if value is None or isinstance(value, str | int | float):
        return None
    if isinstance(value, os.PathLike):
        path = Path(os.fsdecode(value))
        return LocalMedia(path.name, path.stat().st_size, lambda: path.open("rb"))
    if isinstance(value, bytes | bytearray | memoryview):
        data = value if isinstance(value, bytes) else bytes(value)
        return LocalMedia(DEFAULT_FILE_NAME, len(data), lambda: io.BytesIO(data))
    if isinstance(value, StoredMedia):
        return None
    if (png := encode_picture(value)) is not None:
        return LocalMedia(f"{DEFAULT_FILE_NAME}.png", len(png), lambda: io.BytesIO(png))
    return _from_open_file(value) if callable(getattr(value, "read", None)) else None


def read_inline(value: object) -> LocalMedia | None:
    """Read a data URI, or type and base64; None if a value is neither, or not valid."""
    if isinstance(value, str) and value.startswith("data:"):
        head, _, text = value.partition(",")
        mime_type = head.removeprefix("data:").removesuffix(";base64")
    elif isinstance(value, Mapping) and {"mimeType", "data"} <= value.keys():
        mime_type, text = value["mimeType"], value["data"]
    else:
        return None
    if not (isinstance(mime_type, str) and isinstance(text, str)):
        return None  # the gateway says what is wrong
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        data = b""
    if not data:
        return None  # as above
    name = f"{DEFAULT_FILE_NAME}{mimetypes.guess_extension(mime_type) or ''}"
    return LocalMedia(name, len(data), lambda: io.BytesIO(data))


def to_stored_url(value: object) -> str | None:
    """Return the reference to media that the gateway has, or None if a value is none.

    Raises:
        TypeError: a job has several outputs, or an output came without its job.
    """
    if isinstance(value, Asset):
        return f"asset://{value.asset_id}"
    if isinstance(value, MediaOutput):
        return f"job://{value.job_id}/{value.output_index}"
    if isinstance(value, JobOutput):
        job_id = value.get_job_id()
        if job_id is None:
            raise TypeError(f"This output came without its job: write job://…/{value.index}.")
        return f"job://{job_id}/{value.index}"
    if isinstance(value, Job):
        if len(value.outputs) > 1:
            raise TypeError(f"{value.id} has {len(value.outputs)} outputs: name one of them.")
        return f"job://{value.id}/0"
    return None


def _from_open_file(file: Any) -> LocalMedia:  # noqa: ANN401 - any object with read()
    name = getattr(file, "name", None)  # a number for a pipe
    name = Path(name).name if isinstance(name, str) else DEFAULT_FILE_NAME
    if isinstance(file.read(0), str):
        raise TypeError(f"{name} is open in text mode: open it with mode 'rb'.")
    if not file.seekable():  # a pipe cannot be read twice: its bytes are kept for all tries
        kept = tempfile.SpooledTemporaryFile(MOST_BYTES_IN_MEMORY)  # noqa: SIM115 - as long as it
        shutil.copyfileobj(file, kept, CHUNK_BYTES)
        kept.seek(0)
        file = kept
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    file.seek(start)

    @contextmanager
    def open_from_start() -> Iterator[IO[bytes]]:
        file.seek(start)
        try:
            yield file
        finally:
            file.seek(start)

    return LocalMedia(name, size, open_from_start)
