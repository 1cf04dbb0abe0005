"""The end of a membership on both databases: all keys at one time, and the oldest program."""

import pytest
from sqlalchemy import func, select, text

from gateway.identity.keys import keys
from gateway.identity.tables import ApiKey
from gateway.identity.teams import memberships, removal, spending
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import get_account_number
from gateway.ledger.decisions import Limits
from gateway.ledger.invariants import check_invariants
from gateway.ledger.policies import load_spenders, open_spender
from gateway.mail.outbox import Mailer
from gateway.migrations.compatibility import find_schema, require_code
from gateway.shares.member_work import EndedWork
from tests.rows import insert_row

pytestmark = pytest.mark.anyio
EXPIRED_KEYS, LIVING_KEYS = 1_001, 2


async def test_a_removal_ends_a_thousand_keys_at_one_time_and_counts_the_living(
    database: Database, ids: Ids
) -> None:
    async with database.write() as session:
        team = await keys.create_account(session, ids, "team")
        person = await keys.create_account(session, ids, "person")
        await insert_row(
            session, "member", id="mbr_1", account_id=team, person_id=person, role="developer"
        )
        await spending.let_member_spend(session, team, "mbr_1", Limits())
        account = await get_account_number(session, team, "live")
        for number in range(EXPIRED_KEYS + LIVING_KEYS):
            expires_at = 1 if number < EXPIRED_KEYS else None
            await insert_row(
                session, "api_key", id=f"key_{number}", account_id=team, person_id=person,
                book="live", lookup=f"look{number}", expires_at=expires_at,
            )  # fmt: skip
            await open_spender(
                session, key_id=f"key_{number}", account=account, policy_id=None, limits=None,
                expires_at=expires_at, member_policy_id="mbr_1",
            )  # fmt: skip
    async with database.write() as session:
        member = await memberships.lock_member(session, team, "mbr_1")
        await keys.lock_account(session, team)
        mailer = Mailer(database, Ids(), None, {"1": b"pepper"})
        work = EndedWork(mailer=mailer, site="http://team.test")
        ended = await removal.end_membership(session, work, member)
    assert ended.keys == LIVING_KEYS
    async with database.read() as snapshot:
        times = (await snapshot.scalars(select(func.distinct(ApiKey.revoked_at)))).all()
        known = await load_spenders(snapshot, ["key_0", "key_1002", "mbr_1"])
        assert await memberships.find_member(snapshot, team, person) is None
    assert [*times] == [*{each.revoked_at for each in known.spenders.values()}]
    assert await check_invariants(database, only="I40") == []


async def test_programs_that_know_no_members_stop_serving_when_the_first_joins(
    database: Database,
) -> None:
    async with database.write() as session:
        await session.execute(text("UPDATE schema_revision SET oldest_code = '0047'"))
        await session.execute(text("UPDATE alembic_version SET version_num = '0047'"))
    for required, oldest in (("0054", "0054"), ("0050", "0054")):
        async with database.write() as session:
            await require_code(session, required)
        async with database.connect() as connection:
            schema = await connection.run_sync(find_schema)
            strict = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        assert schema is not None
        assert (schema.oldest_code, strict) == (oldest, oldest)
