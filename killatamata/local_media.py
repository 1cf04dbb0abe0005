"""Media of this machine, however a program holds it: a path, bytes, or an open binary file."""

import io
import mimetypes
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from killatamata.saving import CHUNK_BYTES

MediaFile = os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]
UNNAMED = "media"


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """Bytes that can be read as often as a request is tried."""

    name: str
    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]

    @property
    def mime_type(self) -> str:
        """Return what the name promises; the gateway looks at the bytes itself."""
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    def read(self) -> bytes:
        """Return the whole."""
        with self.open() as file:
            return file.read(self.size)

    def chunks(self) -> Iterator[bytes]:
        """Yield it in parts."""
        with self.open() as file:
            while chunk := file.read(CHUNK_BYTES):
                yield chunk


def to_local_media(value: object) -> LocalMedia | None:
    """Return what a value holds if it is media of this machine, else None; a string is none.

    An open file is read from where it stands, and left there.

    Raises:
        TypeError: a file is open in text mode.
        OSError: it cannot be read.
    """
    if isinstance(value, os.PathLike):
        path = Path(os.fsdecode(value))
        return LocalMedia(path.name, path.stat().st_size, lambda: path.open("rb"))
    if isinstance(value, bytes | bytearray | memoryview):
        return _from_bytes(bytes(value), UNNAMED)
    return _from_open_file(value) if callable(getattr(value, "read", None)) else None


def _from_bytes(data: bytes, name: str) -> LocalMedia:
    return LocalMedia(name, len(data), lambda: io.BytesIO(data))


def _from_open_file(file: Any) -> LocalMedia:  # noqa: ANN401 - whatever can be read
    name = getattr(file, "name", None)  # a number for a pipe
    name = Path(name).name if isinstance(name, str) else UNNAMED
    if isinstance(file.read(0), str):
        raise TypeError(f"{name} is open in text mode: open it with mode 'rb'.")
    if not file.seekable():
        return _from_bytes(file.read(), name)
    start = file.tell()
    size = file.seek(0, os.SEEK_END) - start
    file.seek(start)

    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        file.seek(start)
        try:
            yield file
        finally:
            file.seek(start)

    return LocalMedia(name, size, opened)
