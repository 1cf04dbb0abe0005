"""The server as an ASGI application: `/mcp`, and `/sse` with `/messages/` for older clients.

`McpApplication` runs the SDK's applications between `start` and `stop`. Before them a request
passes the browser guard and admission. Streams never end by themselves, so a stop needs an order:
`drain` interrupts the calls that wait, lets each answer leave, and only then ends the streams,
because answers of `/sse` travel on them. `stop` then closes the sessions.
"""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_server.http.admission import PRESENTED_TOKEN, Admission
from mcp_server.http.browsers import BrowserGuard
from mcp_server.http.in_process import InProcessApi, InProcessClient
from mcp_server.http.refusals import CountRequest, HttpRefusal, send_refusal, skip_counting
from mcp_server.http.sessions import OpenSessions
from mcp_server.http.site import MCP_PATH, MESSAGES_PATH, SSE_PATH, Site
from mcp_server.json_types import Schema
from mcp_server.principal import VERIFIED_CALLER_KEY, Principal, VerifyToken
from mcp_server.server import HttpAuth, Server, ServerOptions, build_server

STOPPING_REFUSAL = HttpRefusal(
    code="unavailable",
    message="The server stops.",
    hint="Connect again in some seconds.",
    retry_after_seconds=5,
    status=HTTPStatus.SERVICE_UNAVAILABLE,
)
NO_PRESETS_REFUSAL = HttpRefusal(
    code="invalid_request",
    message="/sse takes no parameters.",
    hint="Use /mcp, which takes them, or headers such as X-MCP-Toolsets.",
    retry_after_seconds=None,
    status=HTTPStatus.BAD_REQUEST,
)
PORT_SUFFIX = re.compile(r":\d+$")
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


class VerifiedToken(AccessToken):
    """A verified token with its principal, as the SDK passes it along with the request."""

    principal: Any = None


@dataclass(frozen=True, slots=True)
class PrincipalVerifier(TokenVerifier):
    """The SDK's port for tokens: finds the principal of a bearer token.

    `resource` is the audience; the SDK refuses tokens of another one where OAuth is on.
    """

    find_principal: VerifyToken
    resource: str

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return a token with its principal, or None if it is not valid."""
        presented = PRESENTED_TOKEN.get()
        if presented is None:  # a server without admission
            principal = await self.find_principal(token)
        else:
            # Admission verified and counted one token of this request. If the SDK reads another
            # one out of the headers, that one was counted for no account and is not let in.
            is_same = presented.token == token.encode("latin-1")
            principal = presented.principal if is_same else None
        if principal is None:
            return None
        return VerifiedToken(
            token=token,
            client_id=principal.account_id,
            subject=principal.id,
            scopes=sorted(principal.scopes),
            resource=self.resource,
            principal=principal,
        )


async def get_signed_in_principal() -> Principal | None:
    """Return the principal of the present request."""
    token = get_access_token()
    return token.principal if isinstance(token, VerifiedToken) else None


def build_transport_security(site: Site) -> TransportSecuritySettings:
    """Build the SDK's check of `Host` and `Origin`: names of the site on any port."""
    names = {PORT_SUFFIX.sub("", host) for host in site.hosts}
    origins = {site.public_url, site.api_url} | {
        f"http://{name}:*" for name in names & LOOPBACK_NAMES
    }
    return TransportSecuritySettings(
        allowed_hosts=sorted(names | {f"{name}:*" for name in names}),
        allowed_origins=sorted(origins),
    )


def build_admission(
    site: Site, verify: VerifyToken, count: CountRequest = skip_counting
) -> Admission:
    """Build the admission of a site; it follows sessions where the site has any."""
    return Admission(verify, count, OpenSessions(site.session_limits) if site.sessions else None)


def build_http_options(site: Site, verify: VerifyToken) -> ServerOptions:
    """Build the options of a server at this site, whose callers bring bearer tokens."""
    resource = f"{site.api_url}{MCP_PATH}"
    settings = AuthSettings(
        issuer_url=AnyHttpUrl(site.public_url),
        resource_server_url=AnyHttpUrl(resource) if site.oauth else None,
        validate_token_resource=site.oauth,
    )
    return ServerOptions(
        get_principal=get_signed_in_principal,
        operator_choice=site.operator_choice,
        auth=HttpAuth(verifier=PrincipalVerifier(verify, resource), settings=settings),
        state_keys=site.state_keys,
    )


class McpApplication:
    """The server as one ASGI application, which runs between `start` and `stop`."""

    def __init__(self, server: Server, site: Site, admission: Admission | None = None) -> None:
        self._server = server
        self._admission = admission
        security = build_transport_security(site)
        self._browser_guard = BrowserGuard(site, security.allowed_origins)
        http = server.streamable_http_app(
            streamable_http_path=MCP_PATH,
            stateless_http=not site.sessions,
            transport_security=security,
            session_idle_timeout=site.session_limits.idle_seconds,
            max_sessions=site.session_limits.total,
        )
        self._apps: dict[str, ASGIApp] = {MCP_PATH: http}
        if site.sessions:
            sse = server.sse_app(
                sse_path=SSE_PATH, message_path=MESSAGES_PATH, transport_security=security
            )
            self._apps |= {SSE_PATH: sse, MESSAGES_PATH: sse}
        self._streams: set[asyncio.Task[None]] = set()
        self._drain_task: asyncio.Task[None] | None = None
        self._stop_requested = asyncio.Event()
        self._session_task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, from a program or from a page in a browser."""
        await self._browser_guard(self._serve_request, scope, receive, send)

    async def _serve_request(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with an allowed method; a key may also come as `x-api-key`."""
        if scope["path"] == SSE_PATH and scope["query_string"]:
            # Its messages come to another URL, at which these bounds would be forgotten.
            await send_refusal(NO_PRESETS_REFUSAL, send)
            return
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        headers_by_name = dict(headers)
        if b"authorization" not in headers_by_name and b"x-api-key" in headers_by_name:
            bearer = (b"authorization", b"Bearer " + headers_by_name[b"x-api-key"].strip())
            scope = {**scope, "headers": [*headers, bearer]}
        app = self._apps.get(scope["path"], self._apps[MCP_PATH])
        serve = partial(self._serve_stream, app) if scope["method"] == "GET" else app
        if self._admission is None:
            await serve(scope, receive, send)
        else:
            await self._admission(serve, scope, receive, send)

    async def _serve_stream(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a stream until its client leaves, or until the streams are ended for a stop."""
        if self._drain_task is not None and self._drain_task.done():
            # The streams have been ended: a new one would keep the web server from stopping.
            await send_refusal(STOPPING_REFUSAL, send)
            return
        is_unfinished = False

        async def send_and_follow(message: Message) -> None:
            nonlocal is_unfinished
            await send(message)
            is_unfinished = message.get("more_body", message["type"] == "http.response.start")

        # In a task of its own, which `_end_streams` can cancel without the request around it.
        stream = asyncio.ensure_future(app(scope, receive, send_and_follow))
        self._streams.add(stream)
        try:
            await stream
        except asyncio.CancelledError:
            if self._drain_task is None:
                raise
            # Finish the body, so that the client sees an end and not a broken connection.
            if is_unfinished:
                await send({"type": "http.response.body"})
        finally:
            self._streams.discard(stream)

    def drain(self) -> None:
        """Interrupt the calls that wait, then end the streams that a stop would wait for."""
        self._server.subscriptions.close_streams()
        self._server.shutdown.begin()
        if self._drain_task is None:
            self._drain_task = asyncio.create_task(self._end_streams())

    async def _end_streams(self) -> None:
        """End every stream once no answer is to come on one any more."""
        await self._server.shutdown.wait_until_answered()
        for stream in self._streams:
            stream.cancel()

    async def start(self) -> None:
        """Begin to serve.

        The session manager has a task group, which must be left by the task that entered it. So it
        runs in a task of its own, as `start` and `stop` may be called from different ones.
        """
        ready = asyncio.Event()

        async def run() -> None:
            async with self._server.session_manager.run():
                ready.set()
                await self._stop_requested.wait()

        self._session_task = asyncio.create_task(run())
        await ready.wait()

    async def stop(self) -> None:
        """End all sessions."""
        self._stop_requested.set()
        if self._drain_task is not None:
            await self._drain_task
        if self._session_task is not None:
            with suppress(asyncio.CancelledError):
                await self._session_task


def build_in_process_api(app: ASGIApp, base_url: str) -> InProcessApi:
    """Build the API of the gateway in this process, which gets the principal's proof."""

    async def app_with_vouch(scope: Scope, receive: Receive, send: Send) -> None:
        principal = await get_signed_in_principal()
        await app({**scope, VERIFIED_CALLER_KEY: principal and principal.vouch}, receive, send)

    return InProcessApi(InProcessClient(app_with_vouch, base_url), app_with_vouch)


async def start_application(
    app: ASGIApp, document: Schema, verify: VerifyToken, site: Site, count: CountRequest
) -> McpApplication:
    """Start the server of a gateway; `app` is the gateway's own REST door.

    The gateway loads this function by name, so that it need not load the SDK at its start.
    """
    api = build_in_process_api(app, site.api_url)
    server = build_server(api, document, build_http_options(site, verify))
    application = McpApplication(server, site, build_admission(site, verify, count))
    await application.start()
    return application
