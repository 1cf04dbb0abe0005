"""Each invariant is silent on a sound ledger and fires on a corruption, on both databases."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.kit.audit_log import Actor, record
from gateway.kit.clock import DAY
from gateway.kit.database import Database, Session
from gateway.kit.ids import Ids
from gateway.ledger.accounts import House, number_of, open_accounts
from gateway.ledger.audit import findings, findings_on, invariants
from gateway.ledger.freezes import freeze
from gateway.ledger.grants import Category
from gateway.ledger.policies import Limits
from gateway.ledger.transfers import Hold, claw_back, consume, credit
from tests.databases import KINDS, apart
from tests.ledger.bank import admit, new_bank
from tests.rows import add
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
REQUESTS = {"queued": None, "running": None, "succeeded": 40, "canceled": 30, "failed": 0}
JOBS = {"queued": None, "running": None, "succeeded": 60, "failed": 0}
TWO_KEYS = """
INSERT INTO idempotency
SELECT account_id, book, method, path, 'two', request_hash, status, response,
       resource_id, created_at
FROM idempotency
"""
OLD_OUTPUT = """
UPDATE job_output SET expires_at = expires_at - 300000000000;
UPDATE job SET finished_at = finished_at - 300000000000 WHERE state = 'succeeded';
UPDATE job SET created_at = expires_at FROM job_output WHERE job.state IN ('queued', 'running')
"""
LOST_STEP = """
UPDATE job SET state = 'failed' WHERE id = 'job_queued';
UPDATE transfer SET reference = 'step_none' WHERE id = 'trf_queued'
"""

CORRUPTIONS = [
    ("I01", "UPDATE entry SET amount_microusd = amount_microusd + 1 WHERE account_id = -7"),
    ("I01", "DELETE FROM entry WHERE transfer_id = 'trf_queued' AND account_id = -7"),
    ("I01", "DELETE FROM transfer WHERE id = 'trf_queued'"),
    ("I02", "DELETE FROM entry WHERE transfer_id = 'trf_queued' AND account_id = -7"),
    ("I02", "UPDATE entry SET account_id = -107 WHERE account_id = -7"),
    ("I02", "UPDATE spender SET account_id = 2"),
    ("I02", "UPDATE job SET book = 'test' WHERE id = 'job_queued'"),
    ("I03", "UPDATE ledger_account SET posted_microusd = posted_microusd + 1 WHERE id = 1"),
    ("I03", "UPDATE ledger_account SET incoming_microusd = 1 WHERE id = 1"),
    ("I04", "UPDATE ledger_account SET version = version + 1 WHERE id = 1"),
    ("I04", "DELETE FROM entry WHERE account_id = 1 AND account_version = 1"),
    ("I04", "UPDATE entry SET balance_after_microusd = 0 WHERE account_version = 3"),
    ("I04", "UPDATE entry SET account_version = NULL WHERE account_version = 2"),
    ("I05", "UPDATE ledger_account SET untaken_microusd = untaken_microusd + 1 WHERE id = 1"),
    ("I05", "UPDATE ledger_account SET grants_due_at = NULL WHERE id = 1"),
    ("I05", "UPDATE credit_grant SET remaining_microusd = remaining_microusd - 1"),
    ("I05", "UPDATE credit_grant SET account_id = 99"),
    ("I06", "UPDATE ledger_account SET debt_microusd = 5 WHERE id = 1"),
    ("I06", "UPDATE ledger_account SET state = 'frozen' WHERE id = 1"),
    ("I06", "DELETE FROM account_freeze"),
    ("I07", "UPDATE transfer SET amount_microusd = 101 WHERE phase = 'post'"),
    ("I07", "UPDATE transfer SET amount_microusd = 99 WHERE phase = 'void'"),
    ("I07", "UPDATE transfer SET reference = 'job' WHERE phase = 'post' AND amount_microusd = 60"),
    ("I07", "UPDATE transfer SET pending_id = 'no' WHERE phase = 'post' AND amount_microusd = 60"),
    ("I08", "UPDATE ledger_account SET pending_microusd = pending_microusd - 1 WHERE id = 1"),
    ("I08", "DELETE FROM media_attempt; DELETE FROM job WHERE id = 'job_queued'"),
    ("I08", "UPDATE job SET state = 'failed' WHERE id = 'job_running'"),
    ("I08", LOST_STEP),
    ("I08", "DELETE FROM agent_request WHERE id = 'req_queued'"),
    ("I08", "UPDATE agent_request SET state = 'failed' WHERE id = 'req_running'"),
    ("I09", "UPDATE job SET state = 'succeeded' WHERE id = 'job_queued'"),
    ("I09", "UPDATE job SET captured_microusd = 59 WHERE id = 'job_succeeded'"),
    ("I10", "UPDATE job SET state = 'expired' WHERE id = 'job_queued'"),
    ("I10", "UPDATE job SET captured_microusd = 1 WHERE id = 'job_failed'"),
    ("I10", "UPDATE agent_request SET state = 'failed' WHERE id = 'req_succeeded'"),
    ("I10", "UPDATE agent_request SET state = 'expired' WHERE id = 'req_queued'"),
    ("I10", "UPDATE agent_request SET captured_microusd = 1 WHERE id = 'req_failed'"),
    ("I10", "UPDATE agent_request SET captured_microusd = 29 WHERE id = 'req_canceled'"),
    ("I10", "UPDATE agent_request SET captured_microusd = 0 WHERE id = 'req_canceled'"),
    ("I11", "UPDATE agent_request SET state = 'queued' WHERE id = 'req_failed'"),
    ("I11", "UPDATE agent_request SET price_microusd = 51 WHERE id = 'req_queued'"),
    ("I11", "UPDATE job SET state = 'queued' WHERE id = 'job_failed'"),
    ("I11", "UPDATE job SET price_microusd = 99 WHERE id = 'job_queued'"),
    ("I12", "UPDATE job SET captured_microusd = 59 WHERE id = 'job_succeeded'"),
    ("I12", "UPDATE job SET max_price_microusd = 99 WHERE id = 'job_queued'"),
    ("I12", "UPDATE quote_item SET price_microusd = 99"),
    ("I12", "DELETE FROM quote_item"),
    ("I12", "UPDATE job SET quote_id = NULL"),
    ("I13", "UPDATE job SET lease_expires_at = 1 WHERE id = 'job_running'"),
    ("I13", "UPDATE agent_request SET lease_expires_at = 1 WHERE id = 'req_running'"),
    ("I14", "UPDATE agent_request SET queue_timeout_at = 1 WHERE id = 'req_queued'"),
    ("I14", "UPDATE job SET dispatch_after = 1 WHERE id = 'job_queued'"),
    ("I14", "UPDATE job SET queue_timeout_at = 1 WHERE id = 'job_queued'"),
    ("I15", "UPDATE idempotency SET resource_id = 'job_none'"),
    ("I15", "UPDATE idempotency SET account_id = 'acct_2'"),
    ("I15", TWO_KEYS),
    ("I16", "UPDATE media_attempt SET fence = fence + 1"),
    ("I17", "DELETE FROM job_output"),
    ("I17", "UPDATE job_output SET deleted_at = expires_at - 1"),
    ("I17", "UPDATE job_output SET expires_at = expires_at - 1"),
    ("I17", "UPDATE job_output SET job_id = 'job_failed'"),
    ("I17", OLD_OUTPUT),
    ("I18", "UPDATE transfer SET amount_microusd = 99 WHERE code = 'purchase'"),
    ("I18", "DELETE FROM transfer WHERE code = 'bonus'"),
    ("I18", "UPDATE purchase SET bonus_microusd = 0"),
    ("I18", "UPDATE purchase SET natural_key = 'pi_other'"),
    ("I18", "UPDATE purchase SET receipt_number = 2"),
    ("I18", "UPDATE purchase SET receipt_number = NULL"),
    ("I18", "UPDATE receipt_counter SET last = 7"),
    ("I18", "UPDATE checkout SET id = 'chk_other'"),
    ("I19", "UPDATE reversal SET credit_taken_microusd = 101"),
    ("I19", "UPDATE reversal SET amount_microusd = 1000 WHERE state = 'taken'"),
    ("I19", "UPDATE reversal SET state = 'undone'"),
    ("I19", "UPDATE reversal SET state = 'taken'"),
    ("I19", "UPDATE transfer SET amount_microusd = 1 WHERE code = 'refund_failed'"),
    ("I19", "UPDATE transfer SET reference = reference || 'x' WHERE code = 'refund_failed'"),
    ("I21", "UPDATE webhook_event SET outcome = ''"),
    ("I21", "UPDATE webhook_event SET purchase_id = NULL"),
    ("I21", "UPDATE webhook_event SET book = 'test'"),
    ("I22", "UPDATE webhook_delivery SET next_try_at = 1"),
    ("I22", "UPDATE webhook_delivery SET next_try_at = 1, state = 'sending'"),
    ("I22", "UPDATE webhook_delivery SET account_id = 2"),
    ("I22", "UPDATE mail_outbox SET due_at = 1"),
    ("I23", "UPDATE approval_plan SET decided_at = expires_at WHERE id = 'plan_run'"),
    ("I23", "UPDATE approval_plan SET state = 'executed', outcome = 'running'"),
    ("I23", "UPDATE plan_step SET state = 'pending' WHERE id = 'step_run'"),
    ("I23", "UPDATE plan_step SET state = 'waiting' WHERE id = 'step_run'"),
    ("I23", "UPDATE plan_step SET job_id = NULL WHERE id = 'step_run'"),
    ("I23", "UPDATE plan_step SET job_id = 'job_none' WHERE id = 'step_run'"),
    ("I23", "UPDATE plan_step SET hold_id = 'trf_failed' WHERE id = 'step_new'"),
    ("I23", "UPDATE job SET price_microusd = 99 WHERE id = 'job_running'"),
    ("I23", "UPDATE job SET hold_id = 'trf_other' WHERE id = 'job_running'"),
    ("I23", "UPDATE job SET effective_input_json = '{}' WHERE id = 'job_running'"),
    ("I23", "UPDATE job SET task = 'other' WHERE id = 'job_running'"),
    ("I24", "UPDATE approval_plan SET approved_microusd = 99 WHERE id = 'plan_run'"),
    ("I24", "UPDATE approval_plan SET total_microusd = 99 WHERE id = 'plan_run'"),
    ("I24", "UPDATE plan_step SET price_microusd = 101 WHERE id = 'step_run'"),
    ("I24", "UPDATE plan_step SET hold_id = 'trf_queued' WHERE id = 'step_new'"),
    ("I25", "UPDATE spend_policy SET day_used_microusd = day_used_microusd + 1"),
    ("I25", "UPDATE spend_policy SET month_used_microusd = month_used_microusd + 1"),
    ("I25", "UPDATE spend_policy SET total_used_microusd = 0"),
    ("I28", "UPDATE spender SET revoked_at = 1"),
    ("I28", "UPDATE spender SET expires_at = 1"),
    ("I28", "DELETE FROM spender"),
    ("I29", "UPDATE email_challenge SET used_at = expires_at"),
    ("I29", "UPDATE email_challenge SET killed_at = used_at"),
    ("I29", "UPDATE email_challenge SET tries = 6"),
    ("I29", "UPDATE email_challenge SET tries = 0"),
    ("I29", "UPDATE email_challenge SET used_at = NULL"),
    ("I29", "UPDATE api_key SET minted_by = 'chl_1'"),
    ("I29", "UPDATE device_link SET state = 'approved'"),
    ("I29", "UPDATE api_key SET minted_by = 'device:dvl_1'"),
    ("I30", "UPDATE audit_log SET hash = 'other' WHERE seq = 1"),
    ("I30", "UPDATE audit_log SET prev_hash = 'other' WHERE seq = 1"),
    ("I30", "DELETE FROM audit_log WHERE seq = 2"),
    ("I30", "DELETE FROM audit_log WHERE seq = 3"),
    ("I30", "UPDATE audit_head SET hash = 'other'"),
    ("I30", "DELETE FROM audit_head"),
]  # fmt: skip


async def build(url: str) -> None:
    """Make a ledger in which every kind of row exists once."""
    database, ids = Database(url), Ids()
    now = database.clock.now()
    bank = await new_bank(database, ids, credit=1_000)
    assert bank.account == 1
    await bank.credit(50, "promo", expires_at=now + DAY)
    await bank.new_key("key_1", Limits(total_microusd=500))
    holds = [
        Hold(f"trf_{state}", 1, "live", f"job_{state}", captured or 100, "key_1")
        for state, captured in JOBS.items()
    ]
    async with database.write() as tx:
        await admit(tx, holds)
        await admit(tx, [
            Hold(f"trf_req_{state}", 1, "live", f"req_{state}", 50, None) for state in REQUESTS
        ])  # fmt: skip
    await bank.post("trf_succeeded")
    await bank.void("trf_failed")
    await bank.post("trf_req_succeeded", 40)
    await bank.post("trf_req_canceled", 30)
    await bank.void("trf_req_failed")
    async with database.write() as session:
        for hold, (state, captured) in zip(holds, JOBS.items(), strict=True):
            await add(
                session, "job", id=hold.reference, account_id=1, book="live", state=state,
                hold_id=hold.id, price_microusd=hold.amount_microusd, captured_microusd=captured,
                fence=3, dispatch_after=now, queue_timeout_at=now + DAY, lease_expires_at=now,
                quote_id="quote_1" if state == "queued" else None,
                finished_at=now if captured is not None else None,
            )  # fmt: skip
        await message(session, now)
        await add(session, "job_output", job_id="job_succeeded", expires_at=now + 2 * DAY)
        await add(
            session, "quote_item", quote_id="quote_1", price_microusd=100, job_id="job_queued"
        )
        await add(session, "media_attempt", job_id="job_running", fence=3, state="running")
        await add(
            session, "webhook_delivery", id="whd_1", job_id="job_succeeded", account_id=1,
            type="job.completed", state="pending", next_try_at=now,
        )  # fmt: skip
        await add(session, "mail_outbox", id="mail_1", due_at=now)
        await add(
            session, "idempotency", account_id="acct_1", book="live", key="one",
            resource_id="job_queued",
        )  # fmt: skip
        await consume(
            session, ids, account=1, book="live", reference="acct_1:two", amount_microusd=5,
            key_id="key_1",
        )  # fmt: skip
        await plan(session, "run", expires_at=now + DAY)
        await plan(session, "new", expires_at=now + DAY)
        await buy(session, ids)
        await sign_in(session, now)
        await freeze(session, account=2, reason="operator", reference="case_1")
        for number in range(3):
            await record(session, Actor(kind="operator", id="me"), "account.freeze", f"a{number}")
        await unguard(session, postgres=database.postgres)
    await database.close()


async def plan(session: Session, name: str, expires_at: int) -> None:
    """Make a plan of one step of 100: `run` is executed and has the running job."""
    ran = name == "run"
    await add(
        session, "approval_plan", id=f"plan_{name}", account_id=1, book="live", origin="key",
        state="executed" if ran else "pending", outcome="running" if ran else None,
        on_failure="stop", total_microusd=100, approved_microusd=100 if ran else None,
        expires_at=expires_at, decided_at=expires_at - 1 if ran else None,
    )  # fmt: skip
    await add(
        session, "plan_step", id=f"step_{name}", plan_id=f"plan_{name}", price_microusd=100,
        state="submitted" if ran else "pending", job_id="job_running" if ran else None,
        hold_id="trf_running" if ran else None,
    )  # fmt: skip


async def message(session: Session, now: int) -> None:
    """Send messages to the agent that ended in each way."""
    await add(session, "project", id="proj_1", account_id=1)
    await add(session, "thread", id="thr_1", account_id=1, project_id="proj_1")
    for state, captured in REQUESTS.items():
        await add(
            session, "agent_request", id=f"req_{state}", account_id=1, book="live", state=state,
            thread_id="thr_1", hold_id=f"trf_req_{state}", price_microusd=50,
            captured_microusd=captured, dispatch_after=now, queue_timeout_at=now + DAY,
            lease_expires_at=now,
        )  # fmt: skip


async def buy(session: Session, ids: Ids) -> None:
    """Buy for 1000 with a bonus of 1000; one refund of 100 stays, one of 200 fails."""
    await open_accounts(session, "acct_2")
    assert await number_of(session, "acct_2", "live") == 3
    await add(session, "checkout", id="chk_1", state="credited", book="live", ledger_account=3)
    await add(
        session, "purchase", id="pur_1", ledger_account=3, book="live", provider="stripe",
        natural_key="pi_1", checkout_id="chk_1", paid_microusd=1_000, credit_microusd=1_000,
        bonus_microusd=1_000, receipt_number=1,
    )  # fmt: skip
    await add(session, "receipt_counter", book="live", last=1)
    await add(
        session, "webhook_event", provider="stripe", event_id="evt_1", book="live",
        outcome="credited", purchase_id="pur_1",
    )  # fmt: skip
    await move(session, ids, "pi_1", 1_000, back=False)
    for reference, amount, state in (("re_1", 100, "taken"), ("re_2", 200, "undone")):
        await add(
            session, "reversal", id=reference, purchase_id="pur_1", provider="stripe",
            kind="refund", provider_reference=reference, state=state, amount_microusd=amount,
            credit_taken_microusd=amount, bonus_taken_microusd=amount,
        )  # fmt: skip
        await move(session, ids, reference, amount, back=True)
    await move(session, ids, "re_2", 200, back=False)


async def move(session: Session, ids: Ids, reference: str, amount: int, *, back: bool) -> None:
    """Move credit and bonus of the purchase, to the account or back."""
    bought = reference == "pi_1"
    parts: list[tuple[House, Category, str, str]] = [
        (House.CLEARING_STRIPE, "paid", "", "purchase"),
        (House.BONUS, "bonus", "" if bought else ":bonus", "bonus"),
    ]
    for house, category, suffix, code in parts:
        if back:
            await claw_back(
                session, ids, account=3, book="live", code="refund",
                reference=f"{reference}{suffix}", amount_microusd=amount, target=house,
                purchase_id="pur_1",
            )  # fmt: skip
        else:
            await credit(
                session, ids, account=3, book="live", code=code if bought else "refund_failed",
                reference=f"{reference}{suffix}", amount_microusd=amount, source=house,
                category=category, purchase_id="pur_1",
            )  # fmt: skip


async def sign_in(session: Session, now: int) -> None:
    """Sign somebody in by a code, and link a device."""
    await add(
        session, "email_challenge", id="chl_1", purpose="sign_in", tries=1, created_at=now,
        used_at=now, expires_at=now + DAY,
    )  # fmt: skip
    await add(session, "account", id="acct_9")
    await add(
        session, "browser_session", id="ses_1", account_id="acct_9", origin="chl_1",
    )  # fmt: skip
    await add(session, "device_link", id="dvl_1", state="redeemed")
    for number, minted_by in enumerate(("device:dvl_1", "operator")):
        await add(
            session, "api_key", id=f"key_{number}", account_id="acct_9",
            lookup=f"look{number}", minted_by=minted_by,
        )  # fmt: skip


async def unguard(session: Session, *, postgres: bool) -> None:
    """Drop the triggers that make ledger and audit log append-only."""
    for table in ("transfer", "entry", "audit_log"):
        names = ["append_only"] if postgres else ["no_update", "no_delete"]
        for name in names:
            of_table = f" ON {table}" if postgres else ""
            await session.execute(text(f"DROP TRIGGER {table}_{name}{of_table}"))


@pytest.fixture(scope="module")
def sound_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("sound") / "sound.db")
    apart(build(url := f"sqlite+aiosqlite:///{path}"))
    return url


@pytest.fixture(scope="module")
def sound_postgresql(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    url = postgres.create(postgres_template)
    apart(build(url))
    yield url
    postgres.drop(url)


@pytest.fixture(params=KINDS)
async def sound(anyio_backend: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A sound ledger without its triggers; whoever corrupts it rolls back."""
    database = Database(request.getfixturevalue(f"sound_{request.param}"))
    yield database
    await database.close()


@pytest.mark.promise("ledger: check-is-clean")
async def test_every_invariant_is_silent_on_a_sound_ledger(sound: Database) -> None:
    assert await findings(sound) == []


@pytest.mark.promise("ledger: check-is-clean")
@pytest.mark.parametrize(("number", "corruption"), CORRUPTIONS)
async def test_an_invariant_fires_on_a_planted_corruption(
    sound: Database, number: str, corruption: str
) -> None:
    async with sound.write() as session:
        for statement in corruption.split(";"):
            await session.execute(text(statement))
        (finding,) = await findings_on(await session.connection(), only=number)
        await session.rollback()
    assert finding.id == number
    assert all(set(row) == {"key", "detail"} for row in finding.rows)


def test_each_invariant_has_a_corruption_that_fires_it() -> None:
    assert {number for number, _ in CORRUPTIONS} == set(invariants())


async def test_asking_for_an_invariant_that_is_none_is_a_mistake(sound: Database) -> None:
    with pytest.raises(LookupError):
        await findings(sound, only="I99")
