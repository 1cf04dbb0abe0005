"""Clients of an application in the test's own process, without a socket.

The test can move such an application's clock and run its sweeps.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from gateway.app import Application
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.sessions import open_session
from gateway.kit.database.sessions import Session
from gateway.kit.ids import Ids
from gateway.operator import create_account_with_key

CREDIT_MICROUSD = 5_000_000


@asynccontextmanager
async def open_account_client(
    application: Application, mode: str = "test"
) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client with the key of a fresh account with $5."""
    async with application.database.write() as session:
        made = await create_account(session, application, mode)
    async with build_client(application, made["apiKey"]) as http:
        yield http


@asynccontextmanager
async def open_browser(application: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client that sends what a browser does in which a fresh account with $5 signed in."""
    async with application.database.write() as session:
        made = await create_account(session, application, "test")
        ids = application.ports.get(Ids)
        _, token = await open_session(session, ids, account_id=made["accountId"], origin="test")
    async with build_client(application, "") as http:
        del http.headers["x-api-key"]
        http.headers |= {"cookie": f"kt_session={token}", "Sec-Fetch-Site": "same-origin"}
        yield http


async def create_account(session: Session, application: Application, mode: str) -> dict[str, Any]:
    """Create an account with $5; return its id and key."""
    ports = application.ports
    return await create_account_with_key(
        session,
        ports.get(Ids),
        ports.get(Peppers),
        mode=mode,
        amount=CREDIT_MICROUSD,
        label="t",
    )


async def run_sweeps_once(application: Application) -> None:
    """Run each sweep once, in order; one that fails raises here, unlike in the sweeper."""
    for sweep in application.sweeper.sweeps:
        await sweep.run()


def build_client(application: Application, key: str) -> httpx2.AsyncClient:
    """Return a client of the application with this API key."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application.asgi),
        base_url=application.settings.public_url,
        headers={"x-api-key": key},
        timeout=60,
    )
