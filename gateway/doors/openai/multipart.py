"""Multipart bodies: streamed to the scratch folder under limits, hashed on the way.

A body is never in memory as a whole. Each limit is checked on each block, so a body that breaks one
is refused as soon as it does. The files are removed when the request ends, however it ends; after a
crash a sweep of the library finds them.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkstemp
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from gateway.kit.disk import DiskReserve
from gateway.kit.errors import BadRequest, PayloadTooLarge, UnsupportedContentType
from gateway.kit.wire.request_reader import refuse_control_characters

MIB = 2**20
BODY_BYTES = 64 * MIB
FILE_BYTES = 25 * MIB
TEXT_BYTES = MIB
MOST_PARTS = 40
BLOCK_BYTES = MIB // 4
LEAST_BOUNDARY_BYTES = 10  # a shorter one is met in files, and each time costs the parser
MULTIPART_TYPE = b"multipart/form-data"


class FormInvalid(BadRequest):
    """The body is not a valid multipart form."""

    code = "invalid_form"
    hint = "Send multipart/form-data as the official clients do."


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file of a form: the name of its field, where it lies, its size and its hash."""

    name: str
    path: Path
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Form:
    """A received form; empty parts are left out, for clients send them for what is absent."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[FormFile] = field(default_factory=list)


def is_multipart(request: Request) -> bool:
    """Return True if the body is declared as a multipart form."""
    declared, _ = parse_options_header(request.headers.get("content-type"))
    return declared == MULTIPART_TYPE


@asynccontextmanager
async def receive_form(request: Request, folder: Path, disk: DiskReserve) -> AsyncIterator[Form]:
    """Receive a form for the block; its files are removed afterwards.

    Raises:
        UnsupportedContentType: the body is not declared as a multipart form.
        FormInvalid: it is not one.
        PayloadTooLarge: it has too many parts, a file or the text is too large.
        StorageFull: the reserve of the disk is reached meanwhile.
    """
    receiver = _FormReceiver(_read_boundary(request), folder)
    try:
        await _feed(request, receiver, disk)
        yield receiver.form
    finally:
        receiver.close()


async def _feed(request: Request, receiver: "_FormReceiver", disk: DiskReserve) -> None:
    """Pass the body on in blocks; a thread parses and writes them."""
    waiting = bytearray()
    try:
        async for part in request.stream():
            waiting += part
            if len(waiting) >= BLOCK_BYTES:
                disk.require_room()
                await asyncio.to_thread(receiver.feed, bytes(waiting))
                waiting.clear()
        await asyncio.to_thread(receiver.finish, bytes(waiting))
    except FormParserError:
        raise FormInvalid from None


def _read_boundary(request: Request) -> bytes:
    declared, options = parse_options_header(request.headers.get("content-type"))
    if declared != MULTIPART_TYPE:
        raise UnsupportedContentType(
            "The body is not a multipart form.", hint="Send multipart/form-data."
        )
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise FormInvalid("The Content-Type names no boundary.")
    if len(boundary) < LEAST_BOUNDARY_BYTES:
        raise FormInvalid(f"The boundary has less than {LEAST_BOUNDARY_BYTES} characters.")
    return boundary


class _FormReceiver:
    """The parts of one body, as the parser calls them out; it runs in one thread at a time."""

    def __init__(self, boundary: bytes, folder: Path) -> None:
        callbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_header_name,
            "on_header_value": self._add_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_data,
            "on_part_data": self._add_data,
            "on_part_end": self._end_part,
            "on_end": self._end_form,
        }
        try:
            self._parser = MultipartParser(boundary, callbacks)  # type: ignore[arg-type]  # all of them
        except FormParserError:
            raise FormInvalid from None
        self.form = Form()
        self._folder = folder
        self._parts = self._text_bytes = 0
        self._ended = False
        self._paths: list[Path] = []
        self._file: BinaryIO | None = None
        self._begin_part()

    def feed(self, data: bytes) -> None:
        """Parse a block."""
        self._parser.write(data)

    def finish(self, data: bytes) -> None:
        """Parse the last block.

        Raises:
            FormInvalid: the form is not complete.
        """
        self.feed(data)
        self._parser.finalize()
        if not self._ended:
            raise FormInvalid("The multipart form has no end.")

    def close(self) -> None:
        """Remove the files."""
        if self._file is not None:
            self._file.close()
        for path in self._paths:
            path.unlink(missing_ok=True)

    def _begin_part(self) -> None:
        self._header_name, self._header_value = b"", b""
        self._disposition, self._name, self._text = b"", "", bytearray()
        self._size, self._hash = 0, hashlib.sha256()

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name, self._header_value = b"", b""

    def _begin_data(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise PayloadTooLarge(
                f"The form has more than {MOST_PARTS} parts.", hint="Send fewer fields."
            )
        _, options = parse_options_header(self._disposition)
        self._name = _decode(options.get(b"name", b""), "name")
        if not self._name:
            raise FormInvalid("A part of the form has no name.")
        refuse_control_characters(self._name, "name")
        if b"filename" in options or b"filename*" in options:
            handle, path = mkstemp(dir=self._folder)
            self._paths.append(Path(path))
            self._file = os.fdopen(handle, "wb")

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        self._size += len(piece)
        if self._file is None:
            self._text_bytes += len(piece)
            if self._text_bytes > TEXT_BYTES:
                raise PayloadTooLarge(
                    "The fields of the form have more than 1 MiB of text.", hint="Send less text."
                )
            self._text += piece
            return
        if self._size > FILE_BYTES:
            raise PayloadTooLarge(
                f"`{self._name}` is larger than {FILE_BYTES // MIB} MiB.",
                field=self._name,
                hint="Send a smaller file.",
            )
        self._hash.update(piece)
        self._file.write(piece)

    def _end_part(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            received = FormFile(self._name, self._paths[-1], self._size, self._hash.hexdigest())
            if self._size:
                self.form.files.append(received)
        elif self._size:
            value = _decode(bytes(self._text), self._name)
            refuse_control_characters(value, self._name)
            self.form.fields.append((self._name, value))

    def _end_form(self) -> None:
        self._ended = True


def _decode(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise FormInvalid(f"`{name}` is not valid UTF-8.", field=name) from None
