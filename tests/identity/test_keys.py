"""Keys: their form, their visible start, their ends and their number, on both databases."""

import pytest

from gateway.identity.errors import AmbiguousKeyPrefix, KeyLimitReached
from gateway.identity.keys import keys
from gateway.identity.keys.authority import Authority
from gateway.identity.keys.secrets import (
    Peppers,
    create_lookup,
    is_app_secret,
    mint_app_secret,
    mint_key,
    parse_book,
)
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.identity.tables import ApiKey
from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from tests.databases import MovedClock

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


async def create_key(
    database: Database, ids: Ids, *, account: str | None = None, expires_at: int | None = None
) -> tuple[ApiKey, str]:
    async with database.write() as session:
        owner = account or await keys.create_account(session, ids, "ann")
        wanted = keys.NewKey(owner, "test", "x", ["media"], "test", expires_at=expires_at)
        return await keys.create(session, ids, PEPPERS, wanted)


async def is_alive(database: Database, key: str) -> bool:
    async with database.write() as session:
        return await keys.is_key_alive(session, key)


async def test_a_key_is_alive_until_it_is_revoked_or_expires(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    row, revoked = await create_key(database, ids)
    _, expiring = await create_key(database, ids, expires_at=clock.now() + HOUR)
    assert [await is_alive(database, key) for key in (revoked, expiring)] == [True, True]
    assert not await is_alive(database, mint_key(ids, "test"))
    async with database.write() as session:
        await keys.revoke(session, await keys.get_locked_key_by_name(session, row.id))
    await clock.advance(database, HOUR)
    assert [await is_alive(database, key) for key in (revoked, expiring)] == [False, False]


@pytest.mark.parametrize(("grace", "expiry", "lasts"), [(60, None, 60), (60, 30, 30), (60, 90, 60)])
async def test_a_rotated_key_ends_after_its_grace_or_at_its_own_expiry(
    database: Database, ids: Ids, clock: MovedClock, grace: int, expiry: int | None, lasts: int
) -> None:
    end = None if expiry is None else clock.now() + expiry * SECOND
    row, old = await create_key(database, ids, expires_at=end)
    async with database.write() as session:
        locked = await keys.get_locked_key_by_name(session, row.id)
        successor, new = await keys.rotate(session, ids, PEPPERS, locked, grace_seconds=grace)
    assert (successor.expires_at, successor.policy_id) == (end, row.policy_id)
    await clock.advance(database, (lasts - 10) * SECOND)
    assert [await is_alive(database, key) for key in (old, new)] == [True, True]
    await clock.advance(database, 10 * SECOND)
    assert [await is_alive(database, key) for key in (old, new)] == [False, expiry != lasts]


@pytest.mark.parametrize("caps", [{}, {"daily_limit": 3}, {"total_limit": 3}])
async def test_a_key_has_the_limits_that_it_was_made_with(
    database: Database, ids: Ids, caps: dict[str, int]
) -> None:
    policy = SpendPolicy(auto_approve=1, confirm_up_to=2, **caps)
    async with database.write() as session:
        owner = await keys.create_account(session, ids, "ann")
        wanted = keys.NewKey(owner, "test", "x", ["media"], "test", policy=policy)
        row, _ = await keys.create(session, ids, PEPPERS, wanted)
        assert (await Authority.load_for_key(session, row)).policy == policy


async def test_a_key_rotated_without_grace_ends_at_once(database: Database, ids: Ids) -> None:
    row, old = await create_key(database, ids)
    async with database.write() as session:
        locked = await keys.get_locked_key_by_name(session, old[:16])
        assert locked.id == row.id
        _, new = await keys.rotate(session, ids, PEPPERS, locked, grace_seconds=0)
    assert [await is_alive(database, key) for key in (old, new)] == [False, True]


async def test_an_account_has_fifty_active_keys_and_may_still_rotate_one(
    database: Database, ids: Ids
) -> None:
    row, _ = await create_key(database, ids)
    for _ in range(49):
        await create_key(database, ids, account=row.account_id)
    with pytest.raises(KeyLimitReached):
        await create_key(database, ids, account=row.account_id)
    async with database.write() as session:
        locked = await keys.get_locked_key_by_name(session, row.id)
        successor, _ = await keys.rotate(session, ids, PEPPERS, locked, grace_seconds=0)
        await keys.revoke(session, successor)
    await create_key(database, ids, account=row.account_id)


def test_a_key_names_its_book_unless_a_character_is_wrong(ids: Ids) -> None:
    for book in ("live", "test"):
        key = mint_key(ids, book)
        assert parse_book(key) == book
        changed = "A" if key[20] != "A" else "B"
        for wrong in (f"{key[:20]}{changed}{key[21:]}", f"{key}A", key[:-1], f"{key[:-1]}é"):
            assert parse_book(wrong) is None


@pytest.mark.parametrize("kind", ["code", "access", "refresh"])
def test_a_secret_of_an_app_is_of_one_kind_and_has_a_checksum(ids: Ids, kind: str) -> None:
    secret = mint_app_secret(ids, kind, create_lookup(ids))
    assert [each for each in ("code", "access", "refresh") if is_app_secret(secret, each)] == [kind]
    for wrong in (secret[:-1], f"{secret}A", f"{secret[:-1]}é", secret.swapcase()):
        assert not is_app_secret(wrong, kind)
