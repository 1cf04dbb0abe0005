"""The connection below ASGI: no silent, half-sent or unread connection outlives its deadline."""

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import Any, ClassVar

import h11
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from gateway.kit.errors import BadRequest, HeadersTooLarge, Problem
from gateway.kit.ids import Ids

KIB = 1024
MIB = 1024 * KIB
CROWDED = "crowded"
"""In the state of a scope: more connections than are served at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one HTTP connection may cost; `_seconds` on the monotonic clock, `_bytes` in bytes.

    The whole body may take `body_seconds` and one second more for each `body_bytes_per_second`.
    """

    head_seconds: float = 10
    header_bytes: int = 32 * KIB
    target_bytes: int = 8 * KIB
    body_idle_seconds: float = 15
    body_seconds: float = 60
    body_bytes_per_second: int = 64 * KIB
    write_seconds: float = 60


def render(problem: Problem, *, path: str, request_id: str) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the body that answer with this problem."""
    body = json.dumps(problem.document(instance=path, request_id=request_id)).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        *problem.headers.items(),
    ]
    if not problem.retryable:
        headers.append(("X-Should-Retry", "false"))
    return headers, body


class HeadDeadline(H11Protocol):
    """uvicorn's h11 server with the deadlines that uvicorn has no option for."""

    limits: ClassVar[Limits] = Limits()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Leave room for `Guard` to see, and answer, headers that are somewhat too large."""
        super().__init__(config, server_state, app_state, _loop)
        self.conn = h11.Connection(h11.SERVER, 2 * self.limits.header_bytes)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._most, self.limit_concurrency = self.limit_concurrency, None
        self._inner, self.app = self.app, self._serve

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Have `Guard` refuse what is too many: uvicorn would answer in plain text."""
        at_once = max(len(self.connections), len(self.tasks))
        scope["state"][CROWDED] = self._most is not None and at_once > self._most
        await self._inner(scope, receive, send)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the client its time to send the first request."""
        super().connection_made(transport)
        self._arm("head", self.limits.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timers with the connection."""
        for timer in self._timers.values():
            timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Give the client its time to take this answer and to send the next request."""
        super().on_response_complete()
        self._arm("head", self.limits.head_seconds)

    def pause_writing(self) -> None:
        """Give a client that does not read its time to start reading."""
        super().pause_writing()
        self._arm("write", self.limits.write_seconds)

    def resume_writing(self) -> None:
        """See that the client reads."""
        super().resume_writing()
        if timer := self._timers.pop("write", None):
            timer.cancel()

    def send_400_response(self, msg: str) -> None:
        """Answer what h11 refuses with a problem document, where an answer is still possible."""
        if self._in_progress():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            self.transport.close()
            return
        problem = _problem(sys.exception(), msg)
        request_id = Ids().new("rid")
        headers, body = render(problem, path="/", request_id=request_id)
        headers += [("X-Request-Id", request_id), ("Connection", "close")]
        for event in (
            h11.Response(status_code=problem.status, headers=headers),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _in_progress(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _arm(self, name: str, seconds: float) -> None:
        if timer := self._timers.pop(name, None):
            timer.cancel()
        self._timers[name] = self.loop.call_later(seconds, self._expire, name)

    def _expire(self, name: str) -> None:
        """Drop the connection, unless the one who is slow is our own handler."""
        if name == "write" or not self._in_progress():
            self.transport.abort()


def head_deadline(limits: Limits) -> type[HeadDeadline]:
    """Return the protocol class with these limits, for uvicorn's `http=`."""
    return type("HeadDeadline", (HeadDeadline,), {"limits": limits})


def _problem(error: BaseException | None, msg: str) -> Problem:
    """Say what h11 found; it knows when the headers grew too large."""
    hint = getattr(error, "error_status_hint", 400)
    return HeadersTooLarge() if hint == HeadersTooLarge.status else BadRequest(msg)
