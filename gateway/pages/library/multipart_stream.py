"""Files of a form as streams: a browser without a script sends several, and large ones.

Nothing is held in memory but the current block: each file goes on as it arrives.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import Request

from gateway.kit.errors import BadRequest
from gateway.pages.create.multipart import BOUNDARY, MALFORMED, PART_NAME

FILE_NAME = re.compile(rb'\sfilename="([^"]*)"', re.IGNORECASE)
HEAD_END = b"\r\n\r\n"
MOST_HEAD_BYTES, MOST_FIELD_BYTES, MOST_FIELDS = 8 * 1024, 64 * 1024, 20


class FormStream:
    """A posted form, part by part; each part is to be read before the next one."""

    def __init__(self, request: Request) -> None:
        boundary = BOUNDARY.search(request.headers.get("content-type", ""))
        if boundary is None:
            raise BadRequest(MALFORMED)
        self._border = b"\r\n--" + boundary[1].encode()
        self._blocks = aiter(request.stream())
        self._held = bytearray(b"\r\n")

    async def read_parts(self) -> "AsyncIterator[Part]":
        """Yield the parts of the form; what is not read of one is skipped.

        Raises:
            BadRequest: the body is no such form, or has more fields than any of ours.
        """
        fields = 0
        async for _ in self._read_to(self._border):
            pass
        while (await self._take_line()) != b"--":
            head = await self._read_text(HEAD_END, MOST_HEAD_BYTES)
            name, file_name = PART_NAME.search(head), FILE_NAME.search(head)
            fields += file_name is None
            if name is None or fields > MOST_FIELDS:
                raise BadRequest(MALFORMED)
            part = Part(
                name=name[1].decode(errors="replace"),
                file_name=None if file_name is None else file_name[1].decode(errors="replace"),
                blocks=self._read_to(self._border),
            )
            yield part
            async for _ in part.blocks:
                pass

    async def _take_line(self) -> bytes:
        """Return what stands behind a border: nothing, or two dashes at the end of the form."""
        while len(self._held) < 2:  # noqa: PLR2004 - the two bytes behind a border
            await self._fill()
        line = bytes(self._held[:2])
        del self._held[:2]
        if line not in (b"\r\n", b"--"):
            raise BadRequest(MALFORMED)
        return line

    async def _read_text(self, end: bytes, most_bytes: int) -> bytes:
        text = b""
        async for block in self._read_to(end):
            text += block
            if len(text) > most_bytes:
                raise BadRequest(MALFORMED)
        return text

    async def _read_to(self, end: bytes) -> AsyncIterator[bytes]:
        """Yield the bytes before `end`, and pass it."""
        while (place := self._held.find(end)) < 0:
            sure = len(self._held) - len(end) + 1
            if sure > 0:
                block = bytes(self._held[:sure])
                del self._held[:sure]
                yield block
            await self._fill()
        block = bytes(self._held[:place])
        del self._held[: place + len(end)]
        if block:
            yield block

    async def _fill(self) -> None:
        block = await anext(self._blocks, b"")
        if not block:
            block = await anext(self._blocks, b"")  # the last block of a body may be empty
        if not block:
            raise BadRequest(MALFORMED)
        self._held += block


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form: a field, or a file if it has a file name."""

    name: str
    file_name: str | None
    blocks: AsyncIterator[bytes]

    async def read_text(self) -> str:
        """Read the text of a field.

        Raises:
            BadRequest: it is too long.
        """
        text = b""
        async for block in self.blocks:
            text += block
            if len(text) > MOST_FIELD_BYTES:
                raise BadRequest(MALFORMED)
        return text.decode(errors="replace")
