"""The HTTP routes and the event socket of one ComfyUI node; nothing is remembered between calls.

A node may be old, broken, behind a proxy or hostile. So every answer has a limit of bytes, of
seconds and of silence, and one that is not of its shape counts as none. A graph that was sent twice
runs twice, so a request that was never sent (`Unreachable`) is told apart from one that may have
arrived (`OutcomeUnknown`).
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

from gateway.kit.outgoing.bounded_client import (
    GIB,
    KIB,
    MIB,
    AnswerLimits,
    AnswerTooLarge,
    build_http_client,
)
from gateway.kit.telemetry.tracing import get_call_headers
from workers.engines.base import BadAnswer, OutcomeUnknown, OutputCut, OutputRefused, Unreachable

_SLOWEST_BYTES_PER_SECOND = 64 * KIB
_LIMITS = AnswerLimits(8 * MIB, seconds=20, silence_seconds=10)
# For routes where the node first looks through its model folders, and names each file many times.
_LONG_LIMITS = AnswerLimits(32 * MIB, seconds=90, silence_seconds=60)
_PROMPT_LIMITS = AnswerLimits(seconds=30)
MOST_OUTPUT_BYTES = 2 * GIB
# Refusals that asking again may change, unlike those of a login or a missing route.
_PASSING_STATUSES = {httpx2.codes.REQUEST_TIMEOUT, httpx2.codes.TOO_MANY_REQUESTS}
# No connection was made, so no byte of the request has left this machine.
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
_BLOCK_BYTES = 256 * 1024
_MOST_EVENT_BYTES = MIB
# The first message on the socket, as ComfyUI's own page sends it.
_FEATURE_FLAGS = '{"type":"feature_flags","data":{"supports_preview_metadata":true}}'


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """The answer of a node: its status, and its body read as JSON, None if it is none."""

    status: int
    body: Any

    @property
    def is_ok(self) -> bool:
        """Return True if the answer is a 200 with a JSON object."""
        return self.status == httpx2.codes.OK and isinstance(self.body, Mapping)


class ComfyClient:
    """The client of one node at `url`; `token` is the bearer token for a proxy before it."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = build_http_client(
            _LIMITS, base_url=self._url, headers=self._headers, is_traced=True
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def get(self, path: str, *, long: bool = False) -> NodeAnswer:
        """Get a route; a `long` one, which looks through folders, has more time and bytes.

        Raises:
            Unreachable: no answer.
        """
        return await self._request(
            "GET", path, extensions=(_LONG_LIMITS if long else _LIMITS).extensions
        )

    async def post(self, path: str, body: Mapping[str, object]) -> NodeAnswer:
        """Post to a route.

        Raises:
            Unreachable: no answer; it may have arrived.
        """
        return await self._request("POST", path, json=body)

    async def upload(self, path: Path, name: str, mime_type: str) -> NodeAnswer:
        """Upload a file as `kt/<name>`, and replace one of that name.

        Raises:
            Unreachable: no answer.
        """
        data = {"subfolder": "kt", "type": "input", "overwrite": "true"}
        with path.open("rb") as file:
            files = {"image": (name, file, mime_type)}
            seconds = 60 + os.fstat(file.fileno()).st_size / _SLOWEST_BYTES_PER_SECOND
            limits = AnswerLimits(MIB, seconds=seconds, silence_seconds=60)
            return await self._request(
                "POST", "/upload/image", data=data, files=files, extensions=limits.extensions
            )

    async def send_prompt(self, attempt: UUID, graph: Mapping[str, object]) -> NodeAnswer:
        """Send a graph under the attempt's id, once: the node would run a second POST as well.

        Raises:
            Unreachable: it was not sent.
            OutcomeUnknown: it may have arrived.
        """
        # Without a client id the node does not tell of nodes that it took from its cache, and a
        # prompt that is all cached completes without outputs.
        body = {"prompt": graph, "client_id": str(attempt), "prompt_id": str(attempt)}
        try:
            answer = await self._http.post(
                "/prompt", json=body, extensions=_PROMPT_LIMITS.extensions
            )
        except _NEVER_SENT as error:
            raise Unreachable(type(error).__name__) from error
        except httpx2.HTTPError as error:
            raise OutcomeUnknown(type(error).__name__) from error
        read = _read_answer(answer)
        if answer.is_client_error and not isinstance(read.body, Mapping):
            raise BadAnswer(
                f"/prompt said {answer.status_code}"
            )  # a proxy answered: no node has it
        if not (answer.is_client_error or read.is_ok):
            raise OutcomeUnknown(f"status {answer.status_code}")
        return read

    async def view_output(
        self, file: Mapping[str, str], most_bytes: int = MOST_OUTPUT_BYTES
    ) -> AsyncIterator[bytes]:
        """Yield the bytes of an output.

        Raises:
            FileNotFoundError: it is not there.
            OutputRefused: a redirect, or a refusal that asking again does not change.
            OutputCut: it ended too early.
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
                _check_view_status(answer)
                begun = True
                async for block in answer.aiter_bytes(_BLOCK_BYTES):
                    yield block
        except httpx2.HTTPError as error:
            wrong = OutputCut if begun else Unreachable
            raise wrong(type(error).__name__) from error

    @asynccontextmanager
    async def open_events(self, attempt: UUID) -> AsyncIterator[ClientConnection]:
        """Open the event socket of an attempt under its own client id.

        The node keeps one socket a client id: with a shared one the newest would hear all, and
        the others nothing.

        Raises:
            Unreachable: it cannot be opened, or broke.
        """
        address = f"ws{self._url.removeprefix('http')}/ws?clientId={attempt}"
        try:
            async with connect(
                address,
                additional_headers=self._headers | get_call_headers(),
                max_size=_MOST_EVENT_BYTES,
                compression=None,
                proxy=None,
                close_timeout=1,
            ) as socket:
                await socket.send(_FEATURE_FLAGS)
                yield socket
        except (WebSocketException, OSError, TimeoutError) as error:
            raise Unreachable(type(error).__name__) from error

    async def delete_ids(self, route: str, ids: Sequence[UUID]) -> None:
        """Delete these ids from `/queue` or `/history`; never `clear`, which others would lose by.

        Raises:
            Unreachable: no answer.
        """
        await self.post(route, {"delete": [str(one) for one in ids]})

    async def _request(self, method: str, path: str, **options: Any) -> NodeAnswer:  # noqa: ANN401
        try:
            answer = await self._http.request(method, path, **options)
        except (AnswerTooLarge, httpx2.DecodingError) as error:
            raise BadAnswer(f"the answer of {path} is of no use: {error}") from error
        except httpx2.HTTPError as error:
            raise Unreachable(f"{path}: {type(error).__name__}") from error
        if answer.is_server_error:
            raise BadAnswer(f"{path} said {answer.status_code}")
        return _read_answer(answer)


def _check_view_status(answer: httpx2.Response) -> None:
    said = f"/view said {answer.status_code}"
    if answer.status_code == httpx2.codes.NOT_FOUND:
        raise FileNotFoundError(said)
    if answer.is_redirect:
        raise OutputRefused(f"{said}, a redirect to {answer.headers.get('location', ''):.100}")
    if answer.is_client_error and answer.status_code not in _PASSING_STATUSES:
        raise OutputRefused(said)
    if not answer.is_success:
        raise BadAnswer(said)


def _read_answer(answer: httpx2.Response) -> NodeAnswer:
    try:
        return NodeAnswer(answer.status_code, answer.json() if answer.content else None)
    except (JSONDecodeError, UnicodeDecodeError):
        return NodeAnswer(answer.status_code, None)
