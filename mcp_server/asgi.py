"""Over HTTP: `/mcp` in both eras, and `/sse` with `/messages/` for clients of before."""

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

import httpx2
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import AnyHttpUrl
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_server.admission import PRESENTED, Admission
from mcp_server.api import TIMEOUT_SECONDS
from mcp_server.browsers import Browsers
from mcp_server.crowding import Count, Crowded, count_nothing, refuse
from mcp_server.open_json import Schema
from mcp_server.principal import VOUCHED, Principal, Verify
from mcp_server.server import Auth, Options, Server, build_server
from mcp_server.sessions import OpenSessions
from mcp_server.site import MCP, MESSAGES, SSE, Site

STOPS = Crowded(
    code="unavailable",
    message="The server stops.",
    hint="Connect again in some seconds.",
    retry_after_seconds=5,
    status=HTTPStatus.SERVICE_UNAVAILABLE,
)
PORT = re.compile(r":\d+$")
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Verified(AccessToken):
    """A token whose principal is known."""

    principal: Any = None


@dataclass(frozen=True, slots=True)
class Verifier(TokenVerifier):
    """Turns a bearer token into a principal; the token counts for this server alone."""

    verify: Verify
    resource: str

    async def verify_token(self, token: str) -> AccessToken | None:
        """Return what is known of a token, or None if it is not valid."""
        presented = PRESENTED.get()
        if presented is None:
            found = await self.verify(token)
        else:  # one that was not counted is not let in either
            same = presented.token == token.encode("latin-1")
            found = presented.principal if same else None
        if found is None:
            return None
        return Verified(
            token=token,
            client_id=found.account_id,
            subject=found.id,
            scopes=sorted(found.scopes),
            resource=self.resource,
            principal=found,
        )


async def signed_in() -> Principal | None:
    """Return whom the present request is made for."""
    token = get_access_token()
    return token.principal if isinstance(token, Verified) else None


def security_of(site: Site) -> TransportSecuritySettings:
    """Return the names and origins that are let in."""
    names = {PORT.sub("", host) for host in site.hosts}
    origins = {site.public_url, site.api_url} | {f"http://{name}:*" for name in names & LOOPBACK}
    return TransportSecuritySettings(
        allowed_hosts=sorted(names | {f"{name}:*" for name in names}),
        allowed_origins=sorted(origins),
    )


def admission_of(site: Site, verify: Verify, count: Count = count_nothing) -> Admission:
    """Return what lets requests in at a site."""
    return Admission(verify, count, OpenSessions(site.session_limits) if site.sessions else None)


def options_of(site: Site, verify: Verify) -> Options:
    """Return how a server for this site is built."""
    resource = f"{site.api_url}{MCP}"
    settings = AuthSettings(
        issuer_url=AnyHttpUrl(site.public_url),
        resource_server_url=AnyHttpUrl(resource) if site.oauth else None,
        validate_token_resource=site.oauth,
    )
    return Options(
        who=signed_in,
        operator=site.operator,
        auth=Auth(verifier=Verifier(verify, resource), settings=settings),
        state_keys=site.state_keys,
    )


class Mounted:
    """The server as one ASGI application; it runs between `start` and `stop`."""

    def __init__(self, server: Server, site: Site, admission: Admission | None = None) -> None:
        self._server = server
        self._admission = admission
        security = security_of(site)
        self._browsers = Browsers(site, security.allowed_origins)
        http = server.streamable_http_app(
            streamable_http_path=MCP,
            stateless_http=not site.sessions,
            transport_security=security,
            session_idle_timeout=site.session_limits.idle_seconds,
            max_sessions=site.session_limits.total,
        )
        self._apps: dict[str, ASGIApp] = {MCP: http}
        if site.sessions:
            sse = server.sse_app(sse_path=SSE, message_path=MESSAGES, transport_security=security)
            self._apps |= {SSE: sse, MESSAGES: sse}
        self._streams: set[asyncio.Task[None]] = set()
        self._ending: asyncio.Task[None] | None = None
        self._ended = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, of a program or of a page in a browser."""
        await self._browsers(self._serve, scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose method there is; a key may also come as `x-api-key`."""
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        named = dict(headers)
        if b"authorization" not in named and b"x-api-key" in named:
            bearer = (b"authorization", b"Bearer " + named[b"x-api-key"].strip())
            scope = {**scope, "headers": [*headers, bearer]}
        app = self._apps.get(scope["path"], self._apps[MCP])
        serve = partial(self._stream, app) if scope["method"] == "GET" else app
        if self._admission is None:
            await serve(scope, receive, send)
        else:
            await self._admission(serve, scope, receive, send)

    async def _stream(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what ends with its client, or when the gateway drains."""
        if self._ending is not None and self._ending.done():
            await refuse(STOPS, send)  # nobody would end it any more
            return
        unfinished = False

        async def noting(message: Message) -> None:
            nonlocal unfinished
            await send(message)
            unfinished = message.get("more_body", message["type"] == "http.response.start")

        stream = asyncio.ensure_future(app(scope, receive, noting))
        self._streams.add(stream)
        try:
            await stream
        except asyncio.CancelledError:
            if self._ending is None:
                raise
            if unfinished:
                await send({"type": "http.response.body"})
        finally:
            self._streams.discard(stream)

    def drain(self) -> None:
        """Answer the calls that wait, then end the streams that a stop would wait for."""
        self._server.watching.close()
        self._server.stopping.begin()
        if self._ending is None:
            self._ending = asyncio.create_task(self._end_streams())

    async def _end_streams(self) -> None:
        """End each stream when no answer is to come on it any more."""
        await self._server.stopping.wait_until_answered()
        for stream in self._streams:
            stream.cancel()

    async def start(self) -> None:
        """Begin to serve; sessions live in a task of their own, not in a request's."""
        ready = asyncio.Event()

        async def run() -> None:
            async with self._server.session_manager.run():
                ready.set()
                await self._ended.wait()

        self._running = asyncio.create_task(run())
        await ready.wait()

    async def stop(self) -> None:
        """End all sessions."""
        self._ended.set()
        if self._ending is not None:
            await self._ending
        if self._running is not None:
            with suppress(asyncio.CancelledError):
                await self._running


def in_process(app: ASGIApp, base_url: str) -> httpx2.AsyncClient:
    """Return a client for the gateway's own door, which is told who is verified."""

    async def vouched(scope: Scope, receive: Receive, send: Send) -> None:
        principal = await signed_in()
        await app({**scope, VOUCHED: principal and principal.vouch}, receive, send)

    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(vouched), base_url=base_url, timeout=TIMEOUT_SECONDS
    )


async def mounted(
    app: ASGIApp, document: Schema, verify: Verify, site: Site, count: Count
) -> Mounted:
    """Return the running server of a gateway; `app` is the gateway's own door."""
    client = in_process(app, site.api_url)
    server = build_server(client, document, options_of(site, verify))
    found = Mounted(server, site, admission_of(site, verify, count))
    await found.start()
    return found
