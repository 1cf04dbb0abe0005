"""Servers of bench/http.py: our gateway, and Starlette with one bare route."""

import sys
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway import catalogue, serve
from gateway.configuration.settings import Settings
from gateway.kit.operation import Caller, operation
from gateway.kit.wire.models import WireModel


class BenchCaller(WireModel):
    """About as much JSON as the bare route answers."""

    account_id: str
    key_id: str
    livemode: bool


@operation("GET", "/bench/me", tag="health", response=BenchCaller)
async def who_am_i(caller: Caller) -> BenchCaller:
    """Return the caller; looking up the key is the only cost."""
    return BenchCaller(account_id=caller.account_id, key_id=caller.id, livemode=caller.livemode)


async def answer_bare_route(_request: Request) -> JSONResponse:
    """Answer as much JSON as `who_am_i`, without a caller."""
    return JSONResponse({"accountId": "acct_0", "keyId": "key_0", "livemode": False})


def serve_gateway() -> int:
    """Serve the gateway as `killatamata serve` does, with one more operation."""
    catalogue.HANDLERS = (*catalogue.HANDLERS, who_am_i)
    return serve.serve(dev=False)


SERVER_OPTIONS: dict[str, Any] = {
    "ws": "none",
    "lifespan": "off",
    "access_log": False,
    "log_config": None,
    "proxy_headers": False,
    "server_header": False,
    "timeout_keep_alive": serve.KEEP_ALIVE_SECONDS,
    "limit_concurrency": 1_000,
}
"""The settings of uvicorn in `gateway.serve`, for servers that stand beside it."""


def serve_bare_route() -> int:
    """Serve one JSON route with the server settings of `gateway.serve`.

    The protocol class is uvicorn's own, so that no work on ours moves this floor.
    """
    settings = Settings()
    uvicorn.run(
        Starlette(routes=[Route("/bare", answer_bare_route), Route("/healthz", answer_bare_route)]),
        host=settings.host,
        port=settings.port,
        http="httptools",
        loop="asyncio",
        backlog=512,
        **SERVER_OPTIONS,
    )
    return 0


if __name__ == "__main__":
    sys.exit({"gateway": serve_gateway, "bare": serve_bare_route}[sys.argv[1]]())
