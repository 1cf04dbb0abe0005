"""Local media: a path, bytes or an open binary file, read the same way."""

import io
import mimetypes
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from killatamata.output_files import CHUNK_BYTES

MediaFile = os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
DEFAULT_FILE_NAME = "media"


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

    An open file is read from its current position, which stays.

    Raises:
        TypeError: a file is open in text mode.
        OSError: the file cannot be read.
    """
    if isinstance(value, os.PathLike):
        path = Path(os.fsdecode(value))
        return LocalMedia(path.name, path.stat().st_size, lambda: path.open("rb"))
    if isinstance(value, bytes | bytearray | memoryview):
        return _from_bytes(bytes(value), DEFAULT_FILE_NAME)
    return _from_open_file(value) if callable(getattr(value, "read", None)) else None


def _from_bytes(data: bytes, name: str) -> LocalMedia:
    return LocalMedia(name, len(data), lambda: io.BytesIO(data))


def _from_open_file(file: Any) -> LocalMedia:  # noqa: ANN401 - any object with read()
    name = getattr(file, "name", None)  # a number for a pipe
    name = Path(name).name if isinstance(name, str) else DEFAULT_FILE_NAME
    if isinstance(file.read(0), str):
        raise TypeError(f"{name} is open in text mode: open it with mode 'rb'.")
    if not file.seekable():  # a pipe cannot be read twice: its bytes are kept for all tries
        return _from_bytes(file.read(), name)
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
