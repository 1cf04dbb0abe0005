"""Callers of keys that the same process has looked up before."""

import pytest

from gateway.identity.keys import keys
from gateway.identity.keys.callers import CallerFinder
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.sessions import Sessions
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Unauthorized
from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.kit.long_poll import RECHECK_SECONDS
from gateway.kit.operation import operation_from_handler
from gateway.ledger.operations import get_balance
from gateway.media.jobs.event_streams import PROGRESS_SECONDS

pytestmark = pytest.mark.anyio
PEPPERS = Peppers({"1": b"pepper"})


async def test_whoever_is_kept_waiting_is_looked_up_anew(database: Database, ids: Ids) -> None:
    """Another process revoked the key: a read may pass for seconds, a stream finds out."""
    async with database.write() as session:
        account = await keys.create_account(session, ids, "ann")
        wanted = keys.NewKey(account, "test", "x", ["media"], "test")
        row, key = await keys.create(session, ids, PEPPERS, wanted)
    ring = KeyRing(database, PEPPERS)
    callers = CallerFinder(ring, Sessions(database, live_enabled=False), Site("http://kt.test"))
    headers, asked = {"x-api-key": key}, operation_from_handler(get_balance)
    assert await callers(headers, asked) is not None
    async with database.write() as session:
        await keys.revoke(session, await keys.get_locked_key_by_name(session, row.id))
    assert await callers(headers, asked) is not None
    with pytest.raises(Unauthorized):
        await callers(headers, asked, fresh=True)
    with pytest.raises(Unauthorized):
        await callers(headers, asked)
    await ring.close()


@pytest.mark.promise("identity: waits-end")
def test_a_stream_looks_often_enough_to_end_within_five_seconds() -> None:
    assert RECHECK_SECONDS + PROGRESS_SECONDS < 5
