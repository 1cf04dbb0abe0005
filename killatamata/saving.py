"""Files on disk: written beside their place, checked, then renamed into it."""

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from killatamata.errors import DownloadFailed
from killatamata.types import JobOutput

CHUNK_BYTES = 64 * 1024


class Part:
    """A file that is being written, as `NAME.part`."""

    def __init__(self, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        self._target = target
        self._path = target.with_name(f"{target.name}.part")
        self._file = self._path.open("wb")
        self._hash = hashlib.sha256()
        self._bytes = 0

    def write(self, chunk: bytes) -> None:
        """Append."""
        self._file.write(chunk)
        self._hash.update(chunk)
        self._bytes += len(chunk)

    def finish(self, promised: JobOutput) -> Path:
        """Check size and hash, and rename the file into its place.

        Raises:
            DownloadFailed: it is not the file that was promised.
        """
        self._file.close()
        told = promised.bytes, promised.sha256
        if (self._bytes, self._hash.hexdigest()) != told:
            raise DownloadFailed(f"{self._target.name} arrived damaged: {self._bytes} bytes.")
        self._path.replace(self._target)
        return self._target

    def discard(self) -> None:
        """Leave nothing behind; after `finish` there is nothing."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def chunks(path: Path) -> Iterator[bytes]:
    """Yield a file in parts."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def size_of(path: Path) -> int:
    """Return how many bytes a file has."""
    return path.stat().st_size


def target(to: str | Path, output: JobOutput, place: int) -> Path:
    """Return where an output goes: into a folder under its own name, or to the file named.

    `place` counts the outputs of one job from 0: the second of `fox.png` is `fox-2.png`.
    """
    folder = Path(to)
    if str(to).endswith("/") or folder.is_dir():
        return folder / own_name(output)
    return folder if place == 0 else folder.with_stem(f"{folder.stem}-{place + 1}")


def own_name(output: JobOutput) -> str:
    """Return the name in the URL of an output; it never leads out of a folder."""
    name = PurePosixPath(unquote(urlsplit(output.url or "").path)).name
    return name.replace("\\", "_") or f"output-{output.index}"
