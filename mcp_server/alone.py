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

from mcp_server.api import TIMEOUT_SECONDS, Api, is_away
from mcp_server.asgi import Mounted, admission_of, options_of
from mcp_server.choices import Choice
from mcp_server.principal import CannotVerify, Principal, Verify
from mcp_server.results import Refused
from mcp_server.server import build_server
from mcp_server.site import Site
from mcp_server.stdio import (
    NoDocument,
    base_of,
    client_of,
    document_of,
    fetch_principal,
)

DRAIN_SECONDS = 20


class OwnKey(httpx2.Auth):
    """The key of the present call's client, sent on with each REST call."""

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Add the key to one request."""
        token = get_access_token()
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token.token}"
        yield request


def verifier_of(base: str) -> Verify:
    """Build the verifier that asks a gateway for the principal of a key.

    Only the gateway's own `unauthorized` makes a key invalid; any other failure raises
    `CannotVerify`.
    """

    async def verify(token: str) -> Principal | None:
        async with client_of(base, token) as client:
            try:
                return await fetch_principal(Api(client))
            except Refused as refusal:
                if refusal.problem["code"] == "unauthorized":
                    return None
                may_change = is_away(refusal) or refusal.problem["retryable"]
                raise CannotVerify(refusal.problem, for_good=not may_change) from refusal

    return verify


def run(address: str, choice: Choice) -> int:
    """Serve `/mcp` and `/sse` at host:port until a signal; return the exit code."""
    host, _, port = address.rpartition(":")
    try:
        asyncio.run(_serve(base_of(), host or "127.0.0.1", int(port), choice))
    except (NoDocument, ValueError) as error:
        sys.stderr.write(f"killatamata: {error}\n")
        return 1
    return 0


async def _serve(base: str, host: str, port: int, choice: Choice) -> None:
    async with client_of(base, "") as plain:
        document = await document_of(plain)
    own_url = f"http://{host}:{port}"
    site = Site(
        public_url=base,
        api_url=own_url,
        hosts=frozenset({f"{host}:{port}", "localhost", "127.0.0.1"}),
        sessions=True,
        operator=choice,
        oauth=False,
    )
    async with httpx2.AsyncClient(base_url=base, auth=OwnKey(), timeout=TIMEOUT_SECONDS) as client:
        verify = verifier_of(base)
        server = build_server(client, document, options_of(site, verify))
        application = Mounted(server, site, admission_of(site, verify))
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
            await _Server(config, application).serve()
        finally:
            await application.stop()


class _Server(uvicorn.Server):
    """A web server that, when it is told to stop, first answers the calls that wait."""

    def __init__(self, config: uvicorn.Config, application: Mounted) -> None:
        super().__init__(config)
        self._mounted = application

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
        self._mounted.drain()
        await super().shutdown(sockets)
