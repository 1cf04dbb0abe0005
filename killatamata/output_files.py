"""Output files: written to `NAME.part`, checked, then renamed, so that a file is never half there.

A device, a pipe or `/dev/stdout` cannot be replaced by a rename: it is written through.
"""

import contextlib
import errno
import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import IO, BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from killatamata.errors import DownloadFailed

CHUNK_BYTES = 64 * 1024
LONGEST_LINK_CHAIN = 40  # as on Linux
UNSAFE_LETTERS = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')
DESCRIPTOR_PATH = re.compile(r"/dev/(?:(stdout)|(stderr)|fd/([0-9]+))|/proc/self/fd/([0-9]+)")


class PromisedFile(Protocol):
    """Facts that the gateway gives about a file; the hash where it is known."""

    @property
    def bytes(self) -> int:
        """Its size."""

    @property
    def sha256(self) -> str | None:
        """Its hash."""


class NamedFile(Protocol):
    """Parts of the name of an output."""

    @property
    def index(self) -> int:
        """Its place among the outputs of its job."""

    @property
    def url(self) -> str | None:
        """Its address, which ends with its name."""


class _Sink:
    """Destination of an output's bytes; counts and hashes them."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self._bytes = 0

    def _count_chunk(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._bytes += len(chunk)

    def _check_complete(self, promised: PromisedFile) -> None:
        is_same = promised.sha256 in {None, self._hash.hexdigest()}
        if self._bytes != promised.bytes or not is_same:
            raise DownloadFailed(f"{self._target.name} arrived damaged: {self._bytes} bytes.")


class PartFile(_Sink):
    """A file that is written as `NAME.part`; of a link the file behind it is replaced."""

    can_restart = True

    def __init__(self, target: Path) -> None:
        super().__init__(target)
        self._real_path = Path(os.path.realpath(target))
        self._real_path.parent.mkdir(parents=True, exist_ok=True)
        self._part_path = get_part_path(self._real_path)
        self._file = self._part_path.open("wb")

    def write(self, chunk: bytes) -> None:
        """Append a chunk."""
        self._file.write(chunk)
        self._count_chunk(chunk)

    def finish(self, promised: PromisedFile) -> Path:
        """Check size and hash, and rename the file into its place.

        Raises:
            DownloadFailed: size or hash differs from the output's.
        """
        self._file.close()
        self._check_complete(promised)
        self._part_path.replace(self._real_path)
        return self._target

    def discard(self) -> None:
        """Delete the part file; after `finish` there is none."""
        with contextlib.suppress(OSError):  # a full disk refuses what is still buffered
            self._file.close()
        self._part_path.unlink(missing_ok=True)


class StreamSink(_Sink):
    """A device, a pipe or an open descriptor: bytes that went into it cannot be taken back."""

    def __init__(self, target: Path, handle: IO[bytes] | None = None) -> None:
        super().__init__(target)
        self._file = handle
        self._is_ours = handle is None

    @property
    def can_restart(self) -> bool:
        """Return True while no byte was written."""
        return not self._bytes

    def write(self, chunk: bytes) -> None:
        """Pass on a chunk; a pipe is opened here, once there are bytes.

        Opened earlier and closed by a failed try, it would end for its reader without a byte.
        """
        self._file = self._file or _open_stream(self._target)
        self._count_chunk(chunk)
        self._file.write(chunk)

    def finish(self, promised: PromisedFile) -> Path:
        """Flush, and check size and hash.

        Raises:
            DownloadFailed: size or hash differs from the output's.
        """
        if self._file is not None:
            self._file.flush()
        self._check_complete(promised)
        return self._target

    def discard(self) -> None:
        """Close the stream if it was opened here."""
        if self._is_ours and self._file is not None:
            with contextlib.suppress(OSError):  # the reader has gone; `write` has raised it
                self._file.close()


class FileSink(StreamSink):
    """A file that is open already; one that can seek is written again from where it was."""

    def __init__(self, file: IO[bytes], start: int | None) -> None:
        name = getattr(file, "name", None)
        super().__init__(Path(name if isinstance(name, str) else "file"), file)
        self._start, self._end = start, 0
        if start is not None:
            self._end = file.seek(0, os.SEEK_END)
            file.seek(start)

    @property
    def can_restart(self) -> bool:
        """Return True if the bytes can be written again."""
        return self._start is not None or not self._bytes

    def finish(self, promised: PromisedFile) -> Path:
        """Flush, and check size and hash; bytes of a damaged file do not stay behind it.

        Raises:
            DownloadFailed: size or hash differs from the output's.
        """
        target = super().finish(promised)
        self._start = None  # what was written stays
        return target

    def discard(self) -> None:
        """Give the file its length back, unless it is finished."""
        if self._file is not None and self._start is not None and self._bytes:
            with contextlib.suppress(OSError):  # as above
                self._file.truncate(max(self._start, self._end))
                self._file.seek(self._start)


def find_start(file: IO[bytes]) -> int | None:
    """Return the position of an open file; None where it can only be written on."""
    is_appended = "a" in str(getattr(file, "mode", ""))
    return file.tell() if file.seekable() and not is_appended else None


def open_sink(target: Path) -> PartFile | StreamSink:
    """Open the destination of an output: a part file, or a stream that exists already."""
    return StreamSink(target) if is_stream(target) else PartFile(target)


def is_stream(target: Path) -> bool:
    """Return True if a path is to be written through: a device, a pipe or a descriptor."""
    if find_descriptor(target) is not None:
        return True
    try:
        mode = target.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def find_descriptor(target: Path) -> int | None:
    """Return the descriptor that a path such as `/dev/stdout` names, also by links to it.

    Opening such a path instead would begin at the front of a redirected file, and renaming onto it
    would replace the device.
    """
    for _ in range(LONGEST_LINK_CHAIN):
        if match := DESCRIPTOR_PATH.fullmatch(str(target.absolute())):
            stdout, stderr, *numbers = match.groups()
            return 1 if stdout else 2 if stderr else int(next(filter(None, numbers)))
        if not target.is_symlink():
            return None
        target = target.parent / target.readlink()
    return None


def _open_stream(target: Path) -> BinaryIO:
    descriptor = find_descriptor(target)
    if descriptor is not None:
        return os.fdopen(os.dup(descriptor), "wb")
    return os.fdopen(os.open(target, os.O_WRONLY), "wb")


def check_target(to: str | Path, outputs: int = 1) -> None:
    """Check that outputs can be saved at a path, as far as can be told before; nothing is left.

    Call it before a submit: a job whose outputs cannot be saved is charged all the same.

    Raises:
        OSError: they cannot be saved; the message says why.
    """
    target = Path(to)
    if is_stream(target):
        if outputs > 1:
            raise OSError(errno.EINVAL, f"{outputs} outputs need a file or a folder", str(to))
        _check_stream(target)
        return
    place = Path(os.path.realpath(target))
    if str(to).endswith("/") or target.is_dir():
        _check_folder(place, ())
        return
    part = get_part_path(place)
    _check_folder(part.parent, (part.name,))
    if part.exists() and not part.is_file():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(part))


def _check_stream(target: Path) -> None:
    descriptor = find_descriptor(target)
    if descriptor is not None:
        os.write(descriptor, b"")  # refused if it is closed, or open for reading alone
    elif not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(target))


def _check_folder(folder: Path, names: tuple[str, ...]) -> None:
    """Write a nameless file into the folder, or into the nearest one above that exists.

    Raises:
        OSError: the folder cannot be made, or nothing be written into it.
    """
    missing = [*names]
    while not os.path.lexists(folder) and folder.parent != folder:
        missing.append(folder.name)
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))
    for each in missing:  # a name can be too long for this file system
        with contextlib.suppress(FileNotFoundError):
            (folder / each).lstat()
    with tempfile.TemporaryFile(dir=folder) as probe:
        probe.write(bytes(CHUNK_BYTES))


def get_part_path(file: Path) -> Path:
    """Return the path of a file while it is being written."""
    return file.with_name(f"{file.name}.part")


def get_output_path(to: str | Path, output: NamedFile, place: int) -> Path:
    """Return the path of an output: its own name in a folder, or the file named.

    `place` counts the outputs of one job from 0: the second of `fox.png` is `fox-2.png`.
    """
    folder = Path(to)
    if str(to).endswith("/") or folder.is_dir():
        return folder / get_output_name(output)
    return folder if place == 0 else folder.with_stem(f"{folder.stem}-{place + 1}")


def get_output_name(output: NamedFile) -> str:
    """Return the name in the URL of an output; it never leads out of a folder."""
    return clean_name(unquote(urlsplit(output.url or "").path)) or f"output-{output.index}"


def clean_name(path: str) -> str:
    """Return the name at the end of a path as each system takes it, or nothing if it has none.

    On Windows a `:` would name another drive or a hidden stream of the file.
    """
    name = UNSAFE_LETTERS.sub("_", path.rstrip("/").rpartition("/")[2])
    return "" if name.strip(". ") == "" else name
