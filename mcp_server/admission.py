"""Admission of HTTP requests: the token is verified, the request counted, its session found.

The SDK verifies tokens and keeps sessions too, but it counts neither requests nor the sessions of
one caller. So each request passes here first, in this order: verify the token, count the request
towards the rate of its account, reserve or find its session. A refused request holds no session.
The result of the verification is handed to the SDK's own check in `PRESENTED`, so the
gateway is asked once a request, and a token that was not counted is never let in.

A session's place is taken before the SDK opens the session, and given back if its answer names
none. Otherwise many requests at once could all find room for the same last place.
"""

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
    """The token of the present request, and its principal."""

    token: bytes
    principal: Principal | None


PRESENTED: ContextVar[Presented | None] = ContextVar("presented", default=None)


@dataclass(frozen=True, slots=True)
class Admission:
    """The door of a site; `sessions` is None where the process keeps none."""

    verify: Verify
    count: Count
    sessions: OpenSessions | None

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request to the application, or refuse it."""
        token = token_of(scope)
        try:
            principal = await self.verify(token.decode("latin-1")) if token else None
        except CannotVerify as failed:
            await refuse(_unknown(failed), send)
            return
        PRESENTED.set(Presented(token, principal))
        refusal = await self.count(principal, scope)
        if refusal is not None:
            await refuse(refusal, send)
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
        """Return the session of a request, or a new one if the request may open one.

        None means that the table does not follow the request: its session is gone or another
        caller's, which the SDK refuses itself, or it is a message of `/sse`, whose stream is
        the session.

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
            # Only a request that really opens a session may end an abandoned one; any other
            # would cost the key a session and get nothing for it.
            if scope["method"] != "POST" or not await body.is_initialize():
                raise
            abandoned = sessions.take_left(principal)
            if abandoned is None:
                raise
            await _end_session(app, scope, abandoned)
            # Another request may have taken the place meanwhile: then this one is refused.
            return sessions.open(principal)


async def _end_session(app: ASGIApp, scope: Scope, session: OpenSession) -> None:
    """End a session in the SDK by a DELETE with the credential of this request.

    Only taking it off the table would leave it in the SDK, so that one key could fill the memory.
    """
    # The SDK checks the host and the caller of a DELETE as of any request.
    kept_headers = [
        (name, value) for name, value in scope["headers"] if name in (b"host", b"authorization")
    ]
    session_header = (SESSION_ID, (session.session_id or "").encode("latin-1"))

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        """Drop the answer, which no client waits for."""

    headers = [*kept_headers, session_header]
    await app({**scope, "method": "DELETE", "headers": headers}, receive, send)


async def _serve(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send, sessions: OpenSessions,
    session: OpenSession | None,
) -> None:  # fmt: skip
    """Serve a request, and read from its answer which session began or is over."""
    if session is None:
        await app(scope, receive, send)
        return

    async def send_and_follow(message: Message) -> None:
        if message["type"] == "http.response.start":
            is_ok = message["status"] < HTTPStatus.BAD_REQUEST
            session_id = dict(message.get("headers", ())).get(SESSION_ID)
            if session.session_id is None and session_id and is_ok:
                sessions.name(session, session_id.decode("latin-1"))
            # 404 is how the SDK says that it has ended the session itself.
            is_gone = message["status"] == HTTPStatus.NOT_FOUND
            if is_gone or (is_ok and scope["method"] == "DELETE"):
                sessions.forget(session)
        await send(message)

    try:
        await app(scope, receive, send_and_follow)
    finally:
        # Also gives back the place of a session that never got an id.
        sessions.end_request(session, was_stream=scope["method"] == "GET")


def _unknown(unknown: CannotVerify) -> Crowded:
    """Build the refusal of a request whose token could not be verified: 503, 429 or 403.

    Never 401: a client would throw a good token away, or send its user to sign in.
    """
    problem, status = unknown.problem, HTTPStatus.SERVICE_UNAVAILABLE
    if problem["code"] in {"rate_limited", "concurrency_limited"}:
        status = HTTPStatus.TOO_MANY_REQUESTS
    elif unknown.for_good:
        status = HTTPStatus.FORBIDDEN
    retry_after_seconds = problem.get("retryAfterSeconds", AWAY_SECONDS)
    return Crowded(
        code=problem["code"],
        message=problem["message"],
        hint=problem["hint"],
        retry_after_seconds=None if status == HTTPStatus.FORBIDDEN else retry_after_seconds,
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
    """Return the first header of a name, the one that the SDK reads too; empty if there is none."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def token_of(scope: Scope) -> bytes:
    """Return the bearer token of a request; empty if it has none."""
    header = first(scope, b"authorization")
    return header[len(BEARER) :] if header[: len(BEARER)].lower() == BEARER else b""


def is_modern(scope: Scope) -> bool:
    """Return True if a request is of the 2026 protocol version, which has no sessions."""
    version = first(scope, VERSION)
    return bool(version) and version not in HANDSHAKE
