"""The MCP door: `/mcp`, and `/sse` where there is one process.

The SDK costs a second and tens of megabytes, so it is loaded at the first request: a gateway that
serves no MCP does without.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from importlib import import_module
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.oauth.apps import Apps
from gateway.kit.errors import PayloadTooLarge, RateLimited, Unauthorized
from gateway.kit.http import guard
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.rate_limit import RateLimits, to_network
from gateway.kit.http.request_report import facts_from_scope
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.wire import request_reader
from gateway.tools import TOOLS
from mcp_server.http.refusals import HttpRefusal
from mcp_server.http.sessions import SessionLimits
from mcp_server.http.site import Site
from mcp_server.principal import Principal, VerifyToken
from mcp_server.tool_choice import ToolChoice, describe_unknown_names

STATE_KEY_BYTES = 32
BODY_BYTES = 4 * 1024 * 1024
SERVER_MODULE = "mcp_server.http.application"  # imported at the first request


class McpServer(Protocol):
    """The MCP server once it runs, as this door calls it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

    def drain(self) -> None:
        """End the streams that a stop would wait for."""

    async def stop(self) -> None:
        """End all sessions."""


class McpDoor:
    """The MCP server as one endpoint; the first request opens it."""

    limits = RouteLimits(body_bytes=BODY_BYTES, handler_seconds=None)

    def __init__(
        self,
        site: Site,
        document: dict[str, Any],
        verifiers: Sequence[VerifyToken],
        rates: RateLimits,
    ) -> None:
        self.site = site
        self._rates = rates
        self._document = document
        self._verifiers = verifiers
        self._rest: ASGIApp | None = None
        self._opening: asyncio.Task[McpServer] | None = None

    def connect(self, rest: ASGIApp) -> None:
        """Set where the REST calls go: the application's own door, behind its HTTP guard."""
        self._rest = rest

    def routes(self) -> list[Route]:
        """Return the routes of the door."""
        return [Route(path, self, methods=None) for path in self.site.paths]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._opening is None or _has_failed(self._opening):
            self._opening = asyncio.create_task(self._open_server())
        # All requests share one opening; without the shield a first client that leaves would
        # cancel it for the others.
        server = await asyncio.shield(self._opening)
        if scope["method"] == "POST":
            receive = await _read_bounded_body(receive)
        await server(scope, receive, send)

    def drain(self) -> None:
        """End the streams that a stop would wait for."""
        opening = self._opening
        if opening is not None and opening.done() and not _has_failed(opening):
            opening.result().drain()

    async def stop(self) -> None:
        """End all sessions."""
        if self._opening is None:
            return
        await asyncio.wait([self._opening])
        if not _has_failed(self._opening):
            await self._opening.result().stop()

    async def _open_server(self) -> McpServer:
        module = await asyncio.to_thread(import_module, SERVER_MODULE)
        server: McpServer = await module.start_application(
            self._rest, self._document, self._verify, self.site, self._count_request
        )
        return server

    async def _count_request(self, principal: Principal | None, scope: Scope) -> HttpRefusal | None:
        """Count a request towards the rate of its account, or of its network if it has none."""
        facts = facts_from_scope(scope)
        if principal is None:
            address = scope["client"][0] if scope.get("client") else ""
            standing = await self._rates.count_request("public", to_network(address))
        else:
            facts.account_id = principal.account_id
            standing = await self._rates.count_request("mcp", principal.account_id)
        facts.headers += standing.headers()
        try:
            standing.check()
        except RateLimited as limited:
            facts.error_code = limited.code
            return HttpRefusal(
                code=limited.code,
                message=limited.detail,
                hint=limited.next_step,
                retry_after_seconds=standing.reset_seconds,
            )
        return None

    async def _verify(self, token: str) -> Principal | None:
        for verify in self._verifiers:
            principal = await verify(token)
            if principal is not None:
                return principal
        return None


def _has_failed(opening: asyncio.Task[McpServer]) -> bool:
    """Return True if no server came of it: the next request tries again."""
    return opening.done() and (opening.cancelled() or opening.exception() is not None)


async def _read_bounded_body(receive: Receive) -> Receive:
    """Read the whole body, check its values, and return a `receive` that replays it.

    The SDK parses a body without a limit on its values: a few megabytes of `[[[…` would take the
    process seconds.

    Raises:
        PayloadTooLarge: it contains too many values.
    """
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    body = b"".join(message.get("body", b"") for message in messages)
    if request_reader.has_more_values(body, request_reader.MAX_VALUES):
        raise PayloadTooLarge(f"The body contains more than {request_reader.MAX_VALUES} values.")
    replay = iter(messages)

    async def receive_again() -> Message:
        return next(replay, None) or await receive()

    return receive_again


def build_key_verifier(ring: KeyRing) -> VerifyToken:
    """Build the verifier of API keys."""

    async def verify(token: str) -> Principal | None:
        vouch = partial(ring.get_caller, token)
        try:
            return to_principal(await vouch(), vouch)
        except Unauthorized:
            return None

    return verify


def build_app_token_verifier(apps: Apps) -> VerifyToken:
    """Build the verifier of access tokens, which apps get when a person connects them by OAuth."""

    async def verify(token: str) -> Principal | None:
        async def vouch(*, fresh: bool = False) -> Caller:  # noqa: ARG001 - it is always fresh
            return (await apps.get_app(token)).caller

        try:
            app = await apps.get_app(token)
        except Unauthorized:
            return None
        choice = ToolChoice(toolsets=app.toolsets, read_only=app.read_only)
        return to_principal(app.caller, vouch, choice)

    return verify


def to_principal(
    caller: Caller, vouch: Callable[..., Awaitable[Caller]], choice: ToolChoice | None = None
) -> Principal:
    """Turn a caller into a principal; `vouch(fresh=…)` looks it up again for each REST call."""
    return Principal(
        account_id=caller.account_id,
        id=caller.id,
        scopes=caller.scopes,
        choice=choice or ToolChoice(),
        vouch=vouch,
    )


def build_mcp_site(settings: Settings, hosts: frozenset[str]) -> Site:
    """Build the addresses, limits and keys of the MCP server from the settings.

    Raises:
        ValueError: a setting is not valid; the message names it.
    """
    keys = tuple(parse_secret_pairs(settings.request_state_keys).values())
    if any(len(key) < STATE_KEY_BYTES for key in keys):
        raise ValueError(
            f"KT_REQUEST_STATE_KEYS: a secret must have at least {STATE_KEY_BYTES} characters"
        )
    operator = ToolChoice.parse(toolsets=settings.mcp_toolsets, read_only=settings.mcp_read_only)
    if wrong := describe_unknown_names(
        operator, [tool for many in TOOLS.values() for tool in many]
    ):
        raise ValueError(f"KT_MCP_TOOLSETS: {wrong}")
    return Site(
        public_url=settings.public_url,
        api_url=settings.api_url,
        hosts=hosts | guard.LOOPBACK_HOSTS if settings.profile == "embedded" else hosts,
        sessions=settings.mcp_sse,
        operator_choice=operator,
        state_keys=keys,
        oauth=settings.oauth_enabled,
        session_limits=SessionLimits(
            per_key=settings.mcp_sessions_per_key,
            per_account=settings.mcp_sessions_per_account,
            idle_seconds=settings.mcp_idle_seconds,
        ),
    )
