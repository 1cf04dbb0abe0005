"""Admission of HTTP requests: the token is verified, the request counted, its session found.

The SDK verifies tokens and keeps sessions too, but it counts neither requests nor the sessions of
one caller. So each request passes here first, in this order: verify the token, count the request
towards the rate of its account, reserve or find its session. A refused request holds no session.
The result of the verification is handed to the SDK's own check in `PRESENTED_TOKEN`, so the
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

from mcp_server.http.refusals import CountRequest, HttpRefusal, send_refusal
from mcp_server.http.request_body import PeekableBody
from mcp_server.http.sessions import OpenSession, OpenSessions, SessionLimitReached
from mcp_server.http.site import MCP_PATH, SSE_PATH
from mcp_server.principal import Principal, VerificationFailed, VerifyToken

BEARER_PREFIX = b"bearer "
AWAY_RETRY_SECONDS = 5
SESSION_ID_HEADER, VERSION_HEADER = b"mcp-session-id", b"mcp-protocol-version"
HANDSHAKE_VERSIONS = frozenset(version.encode() for version in HANDSHAKE_PROTOCOL_VERSIONS)
SESSION_LIMIT_HINT = (
    "End one with DELETE, go on in one that is open, or wait until an idle one ends. Clients of "
    "2026-07-28 need no session."
)


class PresentedToken(NamedTuple):
    """The token of the present request, and its principal."""

    token: bytes
    principal: Principal | None


PRESENTED_TOKEN: ContextVar[PresentedToken | None] = ContextVar("presented", default=None)


@dataclass(frozen=True, slots=True)
class Admission:
    """The door of a site; `sessions` is None where the process keeps none."""

    verify_token: VerifyToken
    count_request: CountRequest
    sessions: OpenSessions | None

    async def __call__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request to the application, or refuse it."""
        token = get_bearer_token(scope)
        try:
            principal = await self.verify_token(token.decode("latin-1")) if token else None
        except VerificationFailed as failed:
            await send_refusal(_build_verification_refusal(failed), send)
            return
        PRESENTED_TOKEN.set(PresentedToken(token, principal))
        refusal = await self.count_request(principal, scope)
        if refusal is not None:
            await send_refusal(refusal, send)
        elif principal is None or self.sessions is None or is_modern_request(scope):
            await app(scope, receive, send)
        else:
            body = PeekableBody(receive)
            try:
                session = await self._find_or_open_session(
                    app, scope, body, principal, self.sessions
                )
            except SessionLimitReached as reached:
                await send_refusal(_build_session_limit_refusal(reached), send)
                return
            await _serve_in_session(app, scope, body, send, self.sessions, session)

    async def _find_or_open_session(
        self, app: ASGIApp, scope: Scope, body: PeekableBody, principal: Principal,
        sessions: OpenSessions,
    ) -> OpenSession | None:  # fmt: skip
        """Return the session of a request, or a new one if the request may open one.

        None means that the table does not follow the request: its session is gone or another
        caller's, which the SDK refuses itself, or it is a message of `/sse`, whose stream is
        the session.

        Raises:
            SessionLimitReached: there is no room for one more.
        """
        session_id = get_first_header(scope, SESSION_ID_HEADER)
        if scope["path"] == SSE_PATH:
            return sessions.open(principal)
        if scope["path"] != MCP_PATH or session_id:
            return sessions.begin_request(session_id.decode("latin-1"), principal)
        try:
            return sessions.open(principal)
        except SessionLimitReached:
            # Only a request that really opens a session may end an abandoned one; any other
            # would cost the key a session and get nothing for it.
            if scope["method"] != "POST" or not await body.is_initialize():
                raise
            abandoned = sessions.take_abandoned(principal)
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
    session_header = (SESSION_ID_HEADER, (session.session_id or "").encode("latin-1"))

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        """Drop the answer, which no client waits for."""

    headers = [*kept_headers, session_header]
    await app({**scope, "method": "DELETE", "headers": headers}, receive, send)


async def _serve_in_session(
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
            session_id = dict(message.get("headers", ())).get(SESSION_ID_HEADER)
            if session.session_id is None and session_id and is_ok:
                sessions.assign_id(session, session_id.decode("latin-1"))
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


def _build_verification_refusal(failed: VerificationFailed) -> HttpRefusal:
    """Build the refusal of a request whose token could not be verified: 503, 429 or 403.

    Never 401: a client would throw a good token away, or send its user to sign in.
    """
    problem, status = failed.problem, HTTPStatus.SERVICE_UNAVAILABLE
    if problem["code"] in {"rate_limited", "concurrency_limited"}:
        status = HTTPStatus.TOO_MANY_REQUESTS
    elif failed.is_permanent:
        status = HTTPStatus.FORBIDDEN
    retry_after_seconds = problem.get("retryAfterSeconds", AWAY_RETRY_SECONDS)
    return HttpRefusal(
        code=problem["code"],
        message=problem["message"],
        hint=problem["hint"],
        retry_after_seconds=None if status == HTTPStatus.FORBIDDEN else retry_after_seconds,
        status=status,
    )


def _build_session_limit_refusal(reached: SessionLimitReached) -> HttpRefusal:
    return HttpRefusal(
        code="concurrency_limited",
        message=str(reached),
        hint=SESSION_LIMIT_HINT,
        retry_after_seconds=reached.retry_after_seconds,
    )


def get_first_header(scope: Scope, name: bytes) -> bytes:
    """Return the first header of a name, the one that the SDK reads too; empty if there is none."""
    return next((value for key, value in scope["headers"] if key == name), b"")


def get_bearer_token(scope: Scope) -> bytes:
    """Return the bearer token of a request; empty if it has none."""
    header = get_first_header(scope, b"authorization")
    return (
        header[len(BEARER_PREFIX) :]
        if header[: len(BEARER_PREFIX)].lower() == BEARER_PREFIX
        else b""
    )


def is_modern_request(scope: Scope) -> bool:
    """Return True if a request is of the 2026 protocol version, which has no sessions."""
    version = get_first_header(scope, VERSION_HEADER)
    return bool(version) and version not in HANDSHAKE_VERSIONS
