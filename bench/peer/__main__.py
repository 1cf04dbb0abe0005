"""Commands of the peer service: `serve`, `seed COUNT` (prints keys), `check` (of its ledger)."""

import asyncio
import hashlib
import json
import os
import secrets
import sys

import uvicorn
from sqlalchemy import func, select

from bench.peer.service import app, engine, open_session
from bench.peer.tables import Account, ApiKey, Base, Entry, Job, Transfer

CREDIT_MICROUSD = 1_000_000_000


def serve() -> None:
    """Serve with one process and the limits that the gateway has."""
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["KT_PORT"]),
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=5,
        limit_concurrency=1_000,
        backlog=512,
    )


async def seed(count: int) -> None:
    """Create the tables and accounts with credit; print a key of each as JSON."""
    keys = [f"peer_{secrets.token_urlsafe(32)}" for _ in range(count)]
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with open_session.begin() as session:
        for key in keys:
            account = Account(balance_microusd=CREDIT_MICROUSD, held_microusd=0)
            session.add(account)
            await session.flush()
            digest = hashlib.sha256(key.encode()).digest()
            session.add(ApiKey(account_id=account.id, key_hash=digest))
    print(json.dumps(keys))


async def check() -> None:
    """Check that money is balanced, and that each job has one transfer of its price.

    Raises:
        SystemExit: It is not.
    """
    async with open_session() as session:
        total = await session.scalar(select(func.coalesce(func.sum(Entry.amount_microusd), 0)))
        entered = select(func.sum(Entry.amount_microusd)).where(Entry.side == "held")
        held = await session.scalar(select(func.sum(Account.held_microusd)))
        priced = await session.scalar(select(func.coalesce(func.sum(Job.price_microusd), 0)))
        counts = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (Job, Transfer)
        ]
        sums = {held or 0, priced, await session.scalar(entered) or 0}
    await engine.dispose()
    if total != 0 or len(sums) != 1 or len(set(counts)) != 1:
        sys.exit(f"the entries' sum is {total}, the held sums are {sums}, rows {counts}")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "serve":
        serve()
    else:
        asyncio.run(seed(int(arguments[0])) if command == "seed" else check())
