"""An application in the test's own process, without a socket; the test can move its clock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from gateway.app import Application
from gateway.identity.keys.secrets import Peppers
from gateway.kit.ids import Ids
from gateway.operator import create_account_with_key

CREDIT_MICROUSD = 5_000_000


@asynccontextmanager
async def account(application: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client with the key of a fresh test account with $5."""
    async with application.database.write() as session:
        ports = application.ports
        made = await create_account_with_key(
            session,
            ports.get(Ids),
            ports.get(Peppers),
            mode="test",
            amount=CREDIT_MICROUSD,
            label="t",
        )
    async with caller(application, made["apiKey"]) as http:
        yield http


async def sweep_once(application: Application) -> None:
    """Run every sweep one time, in order; here a failing one is an error."""
    for sweep in application.sweeper.sweeps:
        await sweep.run()


def caller(application: Application, key: str) -> httpx2.AsyncClient:
    """Return a client with this key."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application.asgi),
        base_url=application.settings.public_url,
        headers={"x-api-key": key},
        timeout=60,
    )
