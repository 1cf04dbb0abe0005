"""One process of a race: many holds of one amount through its own group commit.

`python racer.py URL ACCOUNT REQUESTS AMOUNT KEY`: waits for a line, prints how many were admitted.
"""

import asyncio
import sys

from gateway.kit.caller import SpenderId
from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Problem
from gateway.kit.ids import Ids
from gateway.ledger.transfers import AdmittedHold, Hold
from tests.ledger.bank import admit_holds


async def race(database: Database, account: int, requests: int, amount: int, key: str) -> int:
    """Submit holds all at once; return how many were admitted."""
    spender = SpenderId(key) if key else None
    ids, group = Ids(), GroupCommit(admit_holds, database)
    names = [ids.new("trf") for _ in range(requests)]
    holds = [Hold(name, account, "live", f"test_{name}", amount, spender) for name in names]
    submits = [group.submit(hold) for hold in holds]
    outcomes = await asyncio.gather(*submits, return_exceptions=True)
    assert all(isinstance(outcome, AdmittedHold | Problem) for outcome in outcomes), outcomes
    return sum(isinstance(outcome, AdmittedHold) for outcome in outcomes)


def send_line(line: str) -> None:
    """Send a line to the test."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main(url: str, account: str, requests: str, amount: str, key: str) -> None:
    """Race, once the line has come."""
    database = Database(url)
    async with database.read():
        pass
    send_line("ready")
    await asyncio.to_thread(sys.stdin.readline)
    send_line(str(await race(database, int(account), int(requests), int(amount), key)))
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
