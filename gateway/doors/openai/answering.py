"""Answers with pictures: as URLs, or as base64 that is streamed from the storage.

The money stands in headers and in the body: some clients keep only one of the two.
"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse

from gateway.doors.openai.door import Exchange, OpenAiDoor
from gateway.doors.openai.errors import OutputExpired
from gateway.doors.openai.names import to_door_name, translate_names
from gateway.doors.openai.submitting import Submitted
from gateway.doors.openai.waiting import JOB_ID_HEADER
from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound
from gateway.kit.ids import time_from_id
from gateway.kit.money import render_usd
from gateway.kit.operation import JSON_MEDIA_TYPE
from gateway.kit.queue import OUTAGE_ERRORS
from gateway.kit.wire.json_text import JsonObject, write_json
from gateway.media.client_calls.calls import ClientCalls
from gateway.media.jobs import outputs
from gateway.media.jobs.job_schemas import Job, JobOutput
from gateway.media.states import OutputState

PRICE_HEADER = "X-Killatamata-Price-Usd"
ADJUSTED_HEADER, IGNORED_HEADER = "X-Killatamata-Adjusted", "X-Killatamata-Ignored"
PLACE = '"@"'  # where the base64 of a picture goes, in the text of an answer
NO_TOKENS: Mapping[str, object] = {
    "input_tokens": 0,
    "output_tokens": 0,
    "total_tokens": 0,
    "input_tokens_details": {"image_tokens": 0, "text_tokens": 0},
}
"""We count no tokens, and clients add up what they find."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPicture:
    """A picture of a job: where its bytes lie, how many, and its output on the wire."""

    key: str
    size_bytes: int
    output: JobOutput


def build_headers(job: Job, ignored: Sequence[str]) -> dict[str, str]:
    """Return the headers about a job: its id, its price, and what was not as asked for."""
    headers = {JOB_ID_HEADER: job.id, PRICE_HEADER: job.billing.price_usd}
    if adjusted := _list_adjustments(job):
        pairs = (f"{each['field']}={each['effective']}" for each in adjusted)
        headers[ADJUSTED_HEADER] = ", ".join(quote(pair, safe="=.:,-_ ") for pair in pairs)
    if ignored:
        headers[IGNORED_HEADER] = ", ".join(ignored)
    return headers


async def build_extras(
    door: OpenAiDoor, exchange: Exchange, job: Job, ignored: Sequence[str]
) -> JsonObject:
    """Return the `killatamata` object of an answer: the job, its money, what was changed."""
    door.admission.forget_credit(exchange.facts)
    available = await door.admission.find_available(exchange.caller.ledger_account)
    effective: Mapping[str, Any] = job.effective_input  # type: ignore[assignment]  # read with details
    return {
        "job_id": job.id,
        "price_usd": job.billing.price_usd,
        "charged_usd": job.billing.charged_usd,
        "balance_usd": None if available is None else render_usd(available),
        "livemode": job.livemode,
        "seed": effective.get("seed"),
        "adjustments": _list_adjustments(job),
        "ignored": list(ignored),
        "warnings": [
            {"code": each.code, "message": translate_names(each.message)}
            for each in job.warnings  # type: ignore[union-attr]  # read with details
        ],
    }


def _list_adjustments(job: Job) -> list[JsonObject]:
    return [
        {
            "field": each.field,
            "param": to_door_name(each.field),
            "requested": each.requested,
            "effective": each.effective,
            "rule": each.rule,
            "message": translate_names(each.message),
        }
        for each in job.input_adjustments  # type: ignore[union-attr]  # read with details
    ]


async def load_pictures(door: OpenAiDoor, job: Job) -> list[StoredPicture]:
    """Return the pictures of a job that has succeeded.

    Raises:
        OutputExpired: its files are gone.
    """
    if any(each.state is not OutputState.AVAILABLE for each in job.outputs) or not job.outputs:
        raise OutputExpired(headers={JOB_ID_HEADER: job.id}, jobId=job.id)
    database: Database = door.ports.get(Database)
    pictures = []
    try:
        async with database.read() as snapshot:
            for each in job.outputs:
                file = await outputs.get_stored_file(snapshot, job.id, each.index, "")
                pictures.append(StoredPicture(key=file.key, size_bytes=each.bytes, output=each))
    except NotFound:
        raise OutputExpired(headers={JOB_ID_HEADER: job.id}, jobId=job.id) from None
    return pictures


def describe_pictures(job: Job, quality: str) -> JsonObject:
    """Return what an answer or an event says of pictures: their true size, form and quality."""
    first = job.outputs[0]
    return {
        "created": time_from_id(job.id) // SECOND,
        "background": "opaque",
        "output_format": first.mime_type.removeprefix("image/"),
        "quality": quality,
        "size": f"{first.width}x{first.height}",
        "usage": dict(NO_TOKENS),
    }


async def encode_picture(door: OpenAiDoor, picture: StoredPicture) -> AsyncIterator[bytes]:
    """Yield the base64 of a picture in pieces."""
    rest = b""
    async for piece in await door.storage.open(picture.key):
        data = rest + piece
        whole = len(data) - len(data) % 3
        rest = data[whole:]
        yield base64.b64encode(data[:whole])
    yield base64.b64encode(rest)


def count_encoded_bytes(size_bytes: int) -> int:
    """Return how long the base64 of so many bytes is."""
    return -(-size_bytes // 3) * 4


async def answer_pictures(
    door: OpenAiDoor,
    exchange: Exchange,
    job: Job,
    submitted: Submitted,
    *,
    form: str,
    quality: str,
    ignored: Sequence[str],
) -> StreamingResponse:
    """Return the answer with the pictures of a job: as `b64_json` or `url`, never both.

    Raises:
        OutputExpired: its files are gone.
    """
    pictures = await load_pictures(door, job)
    extras = await build_extras(door, exchange, job, ignored)
    headers = build_headers(job, ignored)
    delivery = Delivery(door, exchange, submitted)
    body = describe_pictures(job, quality)
    if form == "url":
        data: list[JsonObject] = [{"url": picture.output.url} for picture in pictures]
        text = write_json({**body, "data": data, "killatamata": extras})
        return delivery.answer_text(text, headers)
    # Written without the pictures, and cut where they go: the places are the first in the text,
    # and no text of a client comes before them.
    shell = write_json(
        {"data": [{"b64_json": "@"} for _ in pictures], **body, "killatamata": extras}
    )
    pieces = [piece.encode() for piece in shell.split(PLACE, len(pictures))]
    length = sum(len(piece) + 2 for piece in pieces) - 2
    length += sum(count_encoded_bytes(picture.size_bytes) for picture in pictures)
    stream = _stream_shell(door, pieces, pictures)
    try:  # until here a refusal has a status: the second part opens the storage
        first = await anext(stream) + await anext(stream)
    except NotFound:
        raise OutputExpired(headers={JOB_ID_HEADER: job.id}, jobId=job.id) from None
    return delivery.answer(_stream_parts(first, stream), headers, length)


async def _stream_parts(
    first: bytes, rest: AsyncIterator[bytes] | None = None
) -> AsyncIterator[bytes]:
    yield first
    if rest is not None:
        async for part in rest:
            yield part


@dataclass(slots=True)
class Delivery:
    """The way of an answer to its client, so that its call is delivered only if it arrived.

    `is_answer` is False for what a retry may follow. `is_sent` once the last part was sent while
    the client listened.
    """

    door: OpenAiDoor
    exchange: Exchange
    submitted: Submitted
    is_answer: bool = True
    is_sent: bool = field(default=False, init=False)

    def answer_text(self, text: str, headers: Mapping[str, str]) -> StreamingResponse:
        """Return the answer of this text."""
        data = text.encode()
        return self.answer(_stream_parts(data), headers, len(data))

    def answer(
        self,
        parts: AsyncIterator[bytes],
        headers: Mapping[str, str],
        length: int | None,
        media_type: str = JSON_MEDIA_TYPE,
    ) -> StreamingResponse:
        """Return the answer of these parts, which have `length` bytes, if that is known."""
        size = {} if length is None else {"Content-Length": str(length)}
        return StreamingResponse(
            self._follow(parts),
            headers={**headers, **size},
            media_type=media_type,
            background=BackgroundTask(self._record),
        )

    async def _follow(self, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        is_heard = True
        async for part in parts:
            # Before the part: after the last one a client may hang up because it has them all.
            is_heard = not await self.exchange.request.is_disconnected()
            yield part
        self.is_sent = is_heard

    async def _record(self) -> None:
        """Write down if the call was answered; this runs also after a client that hung up."""
        if self.submitted.call is None:
            return
        calls: ClientCalls = self.door.ports.get(ClientCalls)
        # If it fails, a retry gets the same picture again.
        with suppress(*OUTAGE_ERRORS):
            if self.is_sent and self.is_answer:
                await calls.deliver(self.submitted.call)
            else:
                await calls.mark_gone(self.submitted.call)


async def _stream_shell(
    door: OpenAiDoor, pieces: Sequence[bytes], pictures: Sequence[StoredPicture]
) -> AsyncIterator[bytes]:
    for piece, picture in zip(pieces, pictures, strict=False):
        yield piece + b'"'
        async for encoded in encode_picture(door, picture):
            yield encoded
        yield b'"'
    yield pieces[-1]
