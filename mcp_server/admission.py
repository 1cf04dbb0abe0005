"""Admission of requests: a token is verified once a request; requests and sessions are counted."""

from contextvars import ContextVar
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple

from mcp.types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_server.crowding import Count, Crowded, refuse
from mcp_server.opening_body import OpeningBody
from mcp_server.principal import CannotVerify, Principal, Verify
from mcp_server.sessions import OpenSession, OpenSessions, SessionLimitReached
from mcp_server.site import MCP, SSE

BEARER = b"bearer "
AWAY_SECONDS = 5
SESSION_ID, VERSION = b"mcp-session-id", b"mcp-protocol-version"
HANDSHAKE = frozenset(version.encode() for version in HANDSHAKE_PROTOCOL_VERSIONS)
HINT = (
    "End one with DELETE, go on in one that is open, or wait until an idle one ends. Clients of "
    "2026-07-28 need no session."
)


class Presented(NamedTuple):
    """The token of the present request, and whom it speaks for."""

    token: bytes
    principal: Principal | None


PRESENTED: ContextVar[Presented | None] = ContextVar("presented", default=None)


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets requests in; `sessions` is None where the process keeps none."""

    verify: Verify
    count: Count
    sessions: OpenSessions | None

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request by the application, or refuse it."""
        token = token_of(scope)
        try:
            principal = await self.verify(token.decode("latin-1")) if token else None
        except CannotVerify as unknown:
            await refuse(_unknown(unknown), send)
            return
        PRESENTED.set(Presented(token, principal))
        crowded = await self.count(principal, scope)
        if crowded is not None:
            await refuse(crowded, send)
        elif principal is None or self.sessions is None or is_modern(scope):
            await app(scope, receive, send)
        else:
            body = OpeningBody(receive)
            try:
                session = await self._session_of(app, scope, body, principal, self.sessions)
            except SessionLimitReached as reached:
                await refuse(_too_many(reached), send)
                return
            await _serve(app, scope, body, send, self.sessions, session)

    async def _session_of(
        self, app: ASGIApp, scope: Scope, body: OpeningBody, principal: Principal,
        sessions: OpenSessions,
    ) -> OpenSession | None:  # fmt: skip
        """Return the session that a request is of, or the one that it opens; None: it is gone.

        Raises:
            SessionLimitReached: there is no room for one more.
        """
        session_id = first(scope, SESSION_ID)
        if scope["path"] == SSE:
            return sessions.open(principal)
        if scope["path"] != MCP or session_id:
            return sessions.begin_request(session_id.decode("latin-1"), principal)
        try:
            return sessions.open(principal)
        except SessionLimitReached:
            # What begins no session needs no room: it must not cost the key one of its own.
            if scope["method"] != "POST" or not await body.is_initialize():
                raise
            left = sessions.take_left(principal)
            if left is None:
                raise
            await _end_session(app, scope, left)
            return sessions.open(principal)


async def _end_session(app: ASGIApp, scope: Scope, session: OpenSession) -> None:
    """End a session in the SDK as its client's DELETE would, with the credential of this request.

    Forgetting it would not do: the SDK would keep it, so that one key could fill the memory.
    """
    kept = [
        (name, value) for name, value in scope["headers"] if name in (b"host", b"authorization")
    ]
    named = (SESSION_ID, (session.session_id or "").encode("latin-1"))

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        """Nobody reads the answer."""

    await app({**scope, "method": "DELETE", "headers": [*kept, named]}, receive, send)


async def _serve(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, sessions: OpenSessions,
    session: OpenSession | None,
) -> None:  # fmt: skip
    """Serve a request, and learn from its answer which session began or is over."""
    if session is None:
        await app(scope, receive, send)
        return

    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            good = message["status"] < HTTPStatus.BAD_REQUEST
            named = dict(message.get("headers", ())).get(SESSION_ID)
            if session.session_id is None and named and good:
                sessions.name(session, named.decode("latin-1"))
            is_gone = message["status"] == HTTPStatus.NOT_FOUND
            if is_gone or (good and scope["method"] == "DELETE"):
                sessions.forget(session)
        await send(message)

    try:
        await app(scope, receive, noting)
    finally:
        sessions.end_request(session, was_stream=scope["method"] == "GET")


def _unknown(unknown: CannotVerify) -> Crowded:
    """Return what to answer where nobody can say whom a token speaks for.

    Not 401: a client would throw a good token away, or send its user to sign in.
    """
    problem, status = unknown.problem, HTTPStatus.SERVICE_UNAVAILABLE
    if problem["code"] in {"rate_limited", "concurrency_limited"}:
        status = HTTPStatus.TOO_MANY_REQUESTS
    elif unknown.for_good:
        status = HTTPStatus.FORBIDDEN
    again = problem.get("retryAfterSeconds", AWAY_SECONDS)
    return Crowded(
        code=problem["code"],
        message=problem["message"],
        hint=problem["hint"],
        retry_after_seconds=None if status == HTTPStatus.FORBIDDEN else again,
        status=status,
    )


def _too_many(reached: SessionLimitReached) -> Crowded:
    return Crowded(
        code="concurrency_limited",
        message=str(reached),
        hint=HINT,
        retry_after_seconds=reached.retry_after_seconds,
    )


def first(scope: Scope, name: bytes) -> bytes:
    """Return the first header of a name, which is the one that the SDK reads; else nothing."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def token_of(scope: Scope) -> bytes:
    """Return the bearer token of a request; nothing if it has none."""
    given = first(scope, b"authorization")
    return given[len(BEARER) :] if given[: len(BEARER)].lower() == BEARER else b""


def is_modern(scope: Scope) -> bool:
    """Return True if a request is of the wire of 2026, which has no sessions."""
    version = first(scope, VERSION)
    return bool(version) and version not in HANDSHAKE
