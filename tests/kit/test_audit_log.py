"""The audit log: a chain that reveals any later edit, on both databases."""

import asyncio

import pytest
from sqlalchemy import text

from gateway.kit.audit_log import (
    FIRST_PREV_HASH,
    Actor,
    AuditChainHead,
    find_last_time,
    get_head,
    record,
    stream_rows,
    verify_chain,
)
from gateway.kit.database.sessions import Database

pytestmark = pytest.mark.anyio
OPERATOR = Actor(kind="operator", id="ada", ip="192.0.2.1", request_id="rid_1")


async def add_row(database: Database, action: str, **values: object) -> AuditChainHead:
    """Add a row in a transaction of its own."""
    async with database.write() as tx:
        return await record(tx, OPERATOR, action, "acct_1", **values)


async def test_each_row_names_the_hash_of_the_one_before(database: Database) -> None:
    first = await add_row(database, "account.freeze", after={"reason": "chargeback"})
    second = await add_row(database, "account.unfreeze")
    async with database.read() as tx:
        (one, one_prev, one_hash), (two, two_prev, two_hash) = [
            each async for each in stream_rows(tx)
        ]
        assert await get_head(tx) == second
        assert await verify_chain(tx) == []
    assert (one_prev, one_hash) == (FIRST_PREV_HASH, first.hash)
    assert (two_prev, two_hash) == (first.hash, second.hash)
    assert (one.seq, one.actor_kind, one.actor_id, one.ip) == (1, "operator", "ada", "192.0.2.1")
    assert (one.after, two.before) == ('{"reason":"chargeback"}', None)


async def test_the_last_time_of_an_action_is_found_and_no_other(database: Database) -> None:
    for action in ("backup.create", "backup.create", "backup.create.other", "key.create"):
        await add_row(database, action)
    async with database.read() as tx:
        rows = [row async for row, _, _ in stream_rows(tx)]
        assert await find_last_time(tx, "backup.create") == rows[1].at
        assert await find_last_time(tx, "backup.restore") is None


async def test_no_secret_gets_into_the_log(database: Database) -> None:
    key = "kt_test_4f6Kq2Za" + "x" * 30
    await add_row(database, "key.create", before={"apiKey": key}, after=[key, "ada@example.com"])
    async with database.read() as tx:
        ((row, _, _),) = [each async for each in stream_rows(tx)]
    assert row.before == '{"apiKey":"***"}'
    assert row.after == '["kt_test_4f6Kq2Za***","a***@example.com"]'


async def test_rows_that_come_at_once_make_one_chain(database: Database) -> None:
    async with asyncio.timeout(30):
        await asyncio.gather(*(add_row(database, f"test.{number}") for number in range(12)))
    async with database.read() as tx:
        assert await verify_chain(tx) == []
        assert (await get_head(tx)).seq == 12


async def test_what_is_rolled_back_was_never_said(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as tx:
            await record(tx, OPERATOR, "account.freeze", "acct_1")
            raise ZeroDivisionError
    async with database.read() as tx:
        assert await get_head(tx) == AuditChainHead(0, FIRST_PREV_HASH)
        assert await verify_chain(tx) == []


@pytest.mark.promise("operations: audit-trail")
@pytest.mark.parametrize(
    ("edit", "says"),
    [
        ("UPDATE audit_log SET action = 'account.create' WHERE seq = 2", "row 2 was changed"),
        ("UPDATE audit_log SET at = at - 1 WHERE seq = 1", "row 1 was changed"),
        ("UPDATE audit_log SET prev_hash = hash WHERE seq = 2", "row 2 does not follow"),
        ("DELETE FROM audit_log WHERE seq = 2", "row 2 is missing"),
        ("DELETE FROM audit_log WHERE seq = 3", "the head does not name row 2"),
    ],
)
async def test_an_edit_of_the_past_is_seen(database: Database, edit: str, says: str) -> None:
    for number in range(3):
        await add_row(database, f"test.{number}")
    triggers = ["append_only"] if database.is_postgres else ["no_update", "no_delete"]
    async with database.write() as tx:
        for name in triggers:
            where = " ON audit_log" if database.is_postgres else ""
            await tx.execute(text(f"DROP TRIGGER audit_log_{name}{where}"))
        await tx.execute(text(edit))
    async with database.read() as tx:
        wrong = await verify_chain(tx)
    assert wrong[0].startswith(says), wrong
