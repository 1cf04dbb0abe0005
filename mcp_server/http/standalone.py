"""The server over HTTP in front of a gateway elsewhere: each client's own key goes on to it."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Iterator

import httpx2
import uvicorn
from mcp.server.auth.middleware.auth_context import get_access_token

from mcp_server.http.application import McpApplication, build_admission, build_http_options
from mcp_server.http.site import Site
from mcp_server.principal import Principal, VerificationFailed, VerifyToken
from mcp_server.rest.api import TIMEOUT_SECONDS, RestApi, is_away
from mcp_server.results import Refusal
from mcp_server.server import build_server
from mcp_server.stdio import (
    DocumentUnavailable,
    build_gateway_client,
    fetch_document,
    fetch_principal,
    get_base_url,
)
from mcp_server.tool_choice import ToolChoice

DRAIN_SECONDS = 20


class CallerKeyAuth(httpx2.Auth):
    """The key of the present call's client, sent on with each REST call."""

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Add the key to one request."""
        token = get_access_token()
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token.token}"
        yield request


def build_gateway_verifier(base: str) -> VerifyToken:
    """Build the verifier that asks a gateway for the principal of a key.

    Only the gateway's own `unauthorized` makes a key invalid; any other failure raises
    `VerificationFailed`.
    """

    async def verify(token: str) -> Principal | None:
        async with build_gateway_client(base, token) as client:
            try:
                return await fetch_principal(RestApi(client))
            except Refusal as refusal:
                if refusal.problem["code"] == "unauthorized":
                    return None
                may_change = is_away(refusal) or refusal.problem["retryable"]
                raise VerificationFailed(refusal.problem, is_permanent=not may_change) from refusal

    return verify


def run(address: str, choice: ToolChoice, address_source: str) -> int:
    """Serve `/mcp` and `/sse` at host:port until a signal; return the exit code."""
    host, _, port = address.rpartition(":")
    try:
        asyncio.run(_serve(get_base_url(), host or "127.0.0.1", int(port), choice, address_source))
    except (DocumentUnavailable, ValueError) as error:
        sys.stderr.write(f"killatamata: {error}\n")
        return 1
    return 0


async def _serve(base: str, host: str, port: int, choice: ToolChoice, address_source: str) -> None:
    async with build_gateway_client(base, "") as plain:
        document = await fetch_document(plain, address_source)
    own_url = f"http://{host}:{port}"
    site = Site(
        public_url=base,
        api_url=own_url,
        hosts=frozenset({f"{host}:{port}", "localhost", "127.0.0.1"}),
        sessions=True,
        operator_choice=choice,
        oauth=False,
    )
    async with httpx2.AsyncClient(
        base_url=base, auth=CallerKeyAuth(), timeout=TIMEOUT_SECONDS
    ) as client:
        verify = build_gateway_verifier(base)
        server = build_server(RestApi(client), document, build_http_options(site, verify))
        application = McpApplication(server, site, build_admission(site, verify))
        gc.freeze()  # all that is loaded stays: no collection need look at it again
        gc.enable()
        await application.start()
        config = uvicorn.Config(
            application,
            host=host,
            port=port,
            lifespan="off",
            log_level="warning",
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
        try:
            await _GracefulServer(config, application).serve()
        finally:
            await application.stop()


class _GracefulServer(uvicorn.Server):
    """A web server that, when it is told to stop, first answers the calls that wait."""

    def __init__(self, config: uvicorn.Config, application: McpApplication) -> None:
        super().__init__(config)
        self._application = application

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop in order, and end with code 0; a second signal ends the process at once.

        Not by overriding `handle_exit`: sse-starlette replaces that with its own handler, which
        would cut off every answer that is still to come.
        """
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            self.should_exit = True
            loop.remove_signal_handler(number)  # the next one takes its default action

        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # the event loops of Windows take no signal handlers
            with super().capture_signals():
                yield
        else:
            yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain the application, then finish the requests under way."""
        self._application.drain()
        await super().shutdown(sockets)
