"""Rights that old sessions hand out at the same time, on both databases."""

import asyncio

import pytest

from gateway.identity.errors import FreshSignInRequired
from gateway.identity.keys import keys, sessions
from gateway.identity.keys.authority import Authority
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.sessions import Sessions
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.kit.clock import HOUR
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller
from tests.databases import MovedClock

pytestmark = pytest.mark.anyio
TEN_MICROUSD_AUTHORITY = Authority(["media"], SpendPolicy(total_limit=10), "live")


@pytest.mark.promise("identity: no-escalation")
async def test_two_old_sessions_that_hand_out_at_once_share_one_allowance(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    allowance, callers = SessionAllowance(20), await open_two_sessions(database, ids)
    await clock.advance(database, HOUR)

    async def is_admitted(caller: Caller) -> bool:
        try:
            async with database.write() as session:
                await allowance.count_granted_rights(session, caller, TEN_MICROUSD_AUTHORITY)
        except FreshSignInRequired:
            return False
        return True

    admitted = await asyncio.gather(*(is_admitted(caller) for caller in callers * 4))
    assert admitted.count(True) == 2


async def open_two_sessions(database: Database, ids: Ids) -> list[Caller]:
    """Sign two browsers in to one account; return their callers."""
    async with database.write() as session:
        account_id = await keys.create_account(session, ids, "ana")
        opened = [
            await sessions.open_session(session, ids, account_id=account_id, origin="google")
            for _ in range(2)
        ]
    door = Sessions(database, live_enabled=True)
    found = [await door.find_caller(token, "live") for _, token in opened]
    return [caller for caller in found if caller is not None]
