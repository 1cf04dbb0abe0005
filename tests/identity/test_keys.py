"""Keys found by the visible start of them, on both databases."""

import pytest

from gateway.identity.errors import AmbiguousKeyPrefix
from gateway.identity.keys import keys
from gateway.identity.keys.secrets import Peppers
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids

pytestmark = pytest.mark.anyio
PEPPERS = Peppers({"1": b"pepper"})


async def test_a_start_that_two_keys_share_names_neither(database: Database, ids: Ids) -> None:
    async with database.write() as session:
        account = await keys.create_account(session, ids, "ann")
        wanted = keys.NewKey(account, "test", "x", ["media"], "test")
        for lookup in ("abcdeXYZ", "abcdeXY0"):
            row, _ = await keys.create(session, ids, PEPPERS, wanted)
            row.lookup = lookup
    async with database.write() as session:
        for start in ("abcde", "kt_test_abcdeXY"):
            with pytest.raises(AmbiguousKeyPrefix):
                await keys.get_locked_key(session, account, key_id=None, prefix=start)
        found = await keys.get_locked_key(session, account, key_id=None, prefix="kt_test_abcdeXY0")
        assert found.lookup == "abcdeXY0"
