"""The routes of one ComfyUI node, as they are: values in, values out, nothing remembered.

Trust nothing it says: an answer that is not of its shape is as good as none.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from gateway.kit.outbound import GIB, KIB, MIB, AnswerLimits, AnswerTooLarge, make_client
from workers.engines.base import BadAnswer, OutcomeUnknown, OutputCut, OutputRefused, Unreachable

_SLOWEST_BYTES_PER_SECOND = 64 * KIB
_LIMITS = AnswerLimits(8 * MIB, seconds=20, silence_seconds=10)
# The node looks through its folders first, and names every file of them in every loader.
_LONG = AnswerLimits(32 * MIB, seconds=90, silence_seconds=60)
_PROMPT = AnswerLimits(seconds=30)
MOST_OUTPUT_BYTES = 2 * GIB
_PASSING = {httpx2.codes.REQUEST_TIMEOUT, httpx2.codes.TOO_MANY_REQUESTS}
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_BLOCK_BYTES = 256 * 1024
_MOST_EVENT_BYTES = MIB
_FLAGS = '{"type":"feature_flags","data":{"supports_preview_metadata":true}}'


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and what came with it, read as JSON; None where it is none."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Return True if the answer is a 200 with an object in it."""
        return self.status == httpx2.codes.OK and isinstance(self.body, Mapping)


class ComfyClient:
    """One node at `url`; `token` goes to a proxy before it as a bearer token."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = make_client(_LIMITS, base_url=self._url, headers=self._headers)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def get(self, path: str, *, long: bool = False) -> Answer:
        """Read a route; a `long` one has a minute, such as one that looks through folders.

        Raises:
            Unreachable: no answer.
        """
        return await self._asked("GET", path, extensions=(_LONG if long else _LIMITS).extensions)

    async def post(self, path: str, body: Mapping[str, object]) -> Answer:
        """Send to a route.

        Raises:
            Unreachable: no answer; it may have arrived.
        """
        return await self._asked("POST", path, json=body)

    async def upload(self, path: Path, name: str, mime_type: str) -> Answer:
        """Put a file under `kt/<name>`, in place of one that is there.

        Raises:
            Unreachable: no answer.
        """
        data = {"subfolder": "kt", "type": "input", "overwrite": "true"}
        with path.open("rb") as file:
            files = {"image": (name, file, mime_type)}
            seconds = 60 + os.fstat(file.fileno()).st_size / _SLOWEST_BYTES_PER_SECOND
            limits = AnswerLimits(MIB, seconds=seconds, silence_seconds=60)
            return await self._asked(
                "POST", "/upload/image", data=data, files=files, extensions=limits.extensions
            )

    async def prompt(self, attempt: UUID, graph: Mapping[str, object]) -> Answer:
        """Send a graph, once: a second POST of an id runs twice.

        Raises:
            Unreachable: it was not sent.
            OutcomeUnknown: it may have arrived.
        """
        # Without a client id a cached prompt completes without outputs.
        body = {"prompt": graph, "client_id": str(attempt), "prompt_id": str(attempt)}
        try:
            answer = await self._http.post("/prompt", json=body, extensions=_PROMPT.extensions)
        except _NEVER_SENT as error:
            raise Unreachable(type(error).__name__) from error
        except httpx2.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        read = _read(answer)
        if answer.is_client_error and not isinstance(read.body, Mapping):
            raise BadAnswer(f"/prompt said {answer.status_code}")  # a proxy, not ComfyUI
        if not (answer.is_client_error or read.ok):
            raise OutcomeUnknown(f"status {answer.status_code}")
        return read

    async def view(
        self, file: Mapping[str, str], most_bytes: int = MOST_OUTPUT_BYTES
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of an output.

        Raises:
            FileNotFoundError: it is not there.
            OutputRefused: a redirect, or a refusal that asking again does not change.
            OutputCut: there are fewer than were said.
            Unreachable: no answer.
        """
        path, begun = f"/view?{urlencode(file)}", False
        limits = AnswerLimits(
            most_bytes,
            seconds=60,
            silence_seconds=60,
            bytes_per_second=_SLOWEST_BYTES_PER_SECOND,
        )
        try:
            async with self._http.stream("GET", path, extensions=limits.extensions) as answer:
                _check_view(answer)
                begun = True
                async for block in answer.aiter_bytes(_BLOCK_BYTES):
                    yield block
        except httpx2.HTTPError as error:
            wrong = OutputCut if begun else Unreachable
            raise wrong(type(error).__name__) from error

    @asynccontextmanager
    async def events(self, attempt: UUID) -> AsyncIterator[ClientConnection]:
        """Open the event socket of an attempt; each has its own, for a second one goes deaf.

        Raises:
            Unreachable: it cannot be opened, or broke.
        """
        address = f"ws{self._url.removeprefix('http')}/ws?clientId={attempt}"
        try:
            async with connect(
                address,
                additional_headers=self._headers,
                max_size=_MOST_EVENT_BYTES,
                compression=None,
                proxy=None,
                close_timeout=1,
            ) as socket:
                await socket.send(_FLAGS)
                yield socket
        except (WebSocketException, OSError, TimeoutError) as error:
            raise Unreachable(type(error).__name__) from error

    async def delete(self, route: str, ids: Sequence[UUID]) -> None:
        """Drop ids from `/queue` or `/history`, never all.

        Raises:
            Unreachable: no answer.
        """
        await self.post(route, {"delete": [str(one) for one in ids]})

    async def _asked(self, method: str, path: str, **given: Any) -> Answer:  # noqa: ANN401
        try:
            answer = await self._http.request(method, path, **given)
        except (AnswerTooLarge, httpx2.DecodingError) as error:
            raise BadAnswer(f"the answer of {path} is of no use: {error}") from error
        except httpx2.HTTPError as error:
            raise Unreachable(f"{path}: {type(error).__name__}") from error
        if answer.is_server_error:
            raise BadAnswer(f"{path} said {answer.status_code}")
        return _read(answer)


def _check_view(answer: httpx2.Response) -> None:
    said = f"/view said {answer.status_code}"
    if answer.status_code == httpx2.codes.NOT_FOUND:
        raise FileNotFoundError(said)
    if answer.is_redirect:
        raise OutputRefused(f"{said}, a redirect to {answer.headers.get('location', ''):.100}")
    if answer.is_client_error and answer.status_code not in _PASSING:
        raise OutputRefused(said)
    if not answer.is_success:
        raise BadAnswer(said)


def _read(answer: httpx2.Response) -> Answer:
    try:
        return Answer(answer.status_code, answer.json() if answer.content else None)
    except (JSONDecodeError, UnicodeDecodeError):
        return Answer(answer.status_code, None)
