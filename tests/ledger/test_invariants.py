"""Each invariant is silent on a sound ledger and fires on a corruption, on both databases."""

import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update

from gateway.kit.audit_log import Actor, record
from gateway.kit.caller import SpenderId
from gateway.kit.clock import DAY, HOUR
from gateway.kit.database.sessions import Database, Session
from gateway.kit.ids import Ids
from gateway.ledger.accounts.freezes import freeze_account
from gateway.ledger.accounts.grants import Category
from gateway.ledger.accounts.owners import House, get_account_number, open_accounts
from gateway.ledger.invariants import check_invariants, check_invariants_on, load_invariants
from gateway.ledger.policies import Limits
from gateway.ledger.transfers import (
    Hold,
    claw_back,
    consume,
    credit_account,
    post_promise,
    promise_earning,
    reserve_payout,
    undo_clawback,
)
from gateway.media.tables import Job
from tests.databases import DATABASE_KINDS, run_on_own_loop
from tests.ledger.bank import admit_holds, open_bank
from tests.ledger.corruptions import CORRUPTIONS
from tests.ledger.invoiced import add_invoices
from tests.ledger.people import add_former_member, add_sign_in
from tests.ledger.sound_spending import add_budgets, add_statements
from tests.rows import insert_row
from tests.services.postgres import PostgresServer

pytestmark = pytest.mark.anyio
REQUESTS = {"queued": None, "running": None, "succeeded": 40, "canceled": 30, "failed": 0}
JOBS = {"queued": None, "running": None, "succeeded": 60, "failed": 0}


async def build_sound_ledger(url: str) -> None:
    """Build a sound database in which every kind of row exists once."""
    database, ids = Database(url), Ids()
    now = database.clock.now()
    bank = await open_bank(database, ids, credit=1_000)
    assert bank.account == 1
    await bank.credit(50, "promo", expires_at=now + DAY)
    await bank.new_member("mbr_1", Limits(total_microusd=600))
    await bank.new_key("key_1", Limits(total_microusd=500), member="mbr_1")
    holds = [
        Hold(f"trf_{state}", 1, "live", f"job_{state}", captured or 100, SpenderId("key_1"))
        for state, captured in JOBS.items()
    ]
    async with database.write() as tx:
        await admit_holds(tx, holds)
        await admit_holds(tx, [
            Hold(f"trf_req_{state}", 1, "live", f"req_{state}", 50, None) for state in REQUESTS
        ])  # fmt: skip
    await bank.post("trf_succeeded")
    await bank.void("trf_failed")
    await bank.post("trf_req_succeeded", 40)
    await bank.post("trf_req_canceled", 30)
    await bank.void("trf_req_failed")
    async with database.write() as session:
        await add_jobs(session, holds, now)
        await insert_row(session, "spender", key_id="key_gone", account_id=1, revoked_at=now - HOUR)
        await insert_row(session, "spender", key_id="key_late", account_id=1, expires_at=now - HOUR)
        await add_agent_requests(session, now)
        await insert_row(session, "job_output", job_id="job_succeeded", expires_at=now + 2 * DAY)
        await insert_row(
            session, "quote_item", quote_id="quote_1", price_microusd=100, job_id="job_queued"
        )
        await insert_row(session, "media_attempt", job_id="job_running", fence=3, state="running")
        await insert_row(
            session, "webhook_delivery", id="whd_1", job_id="job_succeeded", account_id=1,
            type="job.completed", state="pending", next_try_at=now,
        )  # fmt: skip
        await insert_row(session, "mail_outbox", id="mail_1", due_at=now)
        await insert_row(
            session, "idempotency", account_id="acct_1", book="live", key="one",
            resource_id="job_queued",
        )  # fmt: skip
        await consume(
            session, ids, account=1, book="live", reference="acct_1:two", amount_microusd=5,
            key_id=SpenderId("key_1"),
        )  # fmt: skip
        await add_stored_files(session)
        await add_plan(session, "run", expires_at=now + DAY)
        await add_plan(session, "new", expires_at=now + DAY)
        await add_purchase(session, ids)
        await add_codes(session, ids)
        await add_commission(session, ids)
        await add_sign_in(session, now)
        await add_statements(session, now)
        await add_budgets(session, now)
        await add_former_member(session)
        await freeze_account(session, account=2, reason="operator", reference="case_1")
        await add_audit_rows(session)
        await drop_append_only_triggers(session, postgres=database.is_postgres)
    await database.close()


async def add_audit_rows(session: Session) -> None:
    """Add three acts to the audit log."""
    for number in range(3):
        await record(session, Actor(kind="operator", id="me"), "account.freeze", f"a{number}")


async def add_jobs(session: Session, holds: Sequence[Hold], now: int) -> None:
    """Add a job in each state."""
    for hold, (state, captured) in zip(holds, JOBS.items(), strict=True):
        await insert_row(
            session, "job", id=hold.reference, account_id=1, book="live", state=state,
            hold_id=hold.id, price_microusd=hold.amount_microusd, captured_microusd=captured,
            fence=3, dispatch_after=now, queue_timeout_at=now + DAY, lease_expires_at=now,
            quote_id="quote_1" if state == "queued" else None,
            finished_at=now if captured is not None else None, created_at=now,
        )  # fmt: skip


async def add_stored_files(session: Session) -> None:
    """Add an asset of 7 bytes, and an input of 5 bytes of the queued job."""
    await insert_row(session, "shelf", account_id=1, bytes=12, assets=1)
    await insert_row(session, "project", id="prj_1", account_id=1)
    await insert_row(
        session, "asset", id="ast_1", account_id=1, project_id="prj_1", kind="image",
        stored_bytes=7,
    )  # fmt: skip
    await insert_row(session, "input_file", id="input_1", account_id=1, bytes=5)
    await insert_row(session, "input_use", owner_id="job_queued", file_id="input_1")
    await insert_row(session, "quote", id="quote_1", account_id=1)
    inputs = update(Job).where(Job.id == "job_queued")
    await session.execute(inputs.values(inputs_json='{"image":["inputs/input_1/0"]}'))


async def add_plan(session: Session, name: str, expires_at: int) -> None:
    """Add a plan of one step of 100; the plan `run` is executed and has the running job."""
    ran = name == "run"
    await insert_row(
        session, "approval_plan", id=f"plan_{name}", account_id=1, book="live", origin="key",
        state="executed" if ran else "pending", outcome="running" if ran else None,
        on_failure="stop", total_microusd=100, approved_microusd=100 if ran else None,
        expires_at=expires_at, decided_at=expires_at - 1 if ran else None,
    )  # fmt: skip
    await insert_row(
        session, "plan_step", id=f"step_{name}", plan_id=f"plan_{name}", price_microusd=100,
        state="submitted" if ran else "pending", job_id="job_running" if ran else None,
        hold_id="trf_running" if ran else None,
    )  # fmt: skip


async def add_agent_requests(session: Session, now: int) -> None:
    """Add a request to the agent in each state."""
    await insert_row(session, "project", id="proj_1", account_id=1)
    await insert_row(session, "thread", id="thr_1", account_id=1, project_id="proj_1")
    for state, captured in REQUESTS.items():
        await insert_row(
            session, "agent_request", id=f"req_{state}", account_id=1, book="live", state=state,
            thread_id="thr_1", project_id="proj_1", hold_id=f"trf_req_{state}", price_microusd=50,
            captured_microusd=captured, dispatch_after=now, queue_timeout_at=now + DAY,
            lease_expires_at=now,
        )  # fmt: skip


async def add_purchase(session: Session, ids: Ids) -> None:
    """Add a purchase of 1000 with a bonus of 1000, a refund of 100, and one of 200 that failed."""
    await open_accounts(session, "acct_2")
    assert await get_account_number(session, "acct_2", "live") == 3
    await insert_row(
        session, "checkout", id="chk_1", state="credited", book="live", ledger_account=3,
        currency="usd", tax_source="fixed",
    )  # fmt: skip
    await insert_row(
        session, "purchase", id="pur_1", ledger_account=3, book="live", provider="stripe",
        natural_key="pi_1", checkout_id="chk_1", paid_microusd=1_000, credit_microusd=1_000,
        bonus_microusd=1_000, receipt_number=1,
    )  # fmt: skip
    await insert_row(
        session, "receipt_counter", book="live", last=1, last_invoice=2, last_credit_note=2
    )
    await insert_row(
        session, "webhook_event", provider="stripe", event_id="evt_1", book="live",
        outcome="credited", purchase_id="pur_1",
    )  # fmt: skip
    await move_purchase_credit(session, ids, "pi_1", 1_000, back=False)
    for reference, amount, state in (("re_1", 100, "taken"), ("re_2", 200, "undone")):
        await insert_row(
            session, "reversal", id=reference, purchase_id="pur_1", provider="stripe",
            kind="refund", provider_reference=reference, state=state, amount_microusd=amount,
            credit_taken_microusd=amount, bonus_taken_microusd=amount,
        )  # fmt: skip
        await move_purchase_credit(session, ids, reference, amount, back=True)
    await move_purchase_credit(session, ids, "re_2", 200, back=False)
    await add_invoices(session)
    await add_x402_payments(session, ids)
    await add_top_ups(session)


async def add_top_ups(session: Session) -> None:
    """Add a rule with its card, a credited top-up of 1000, which is the maximum, and one begun."""
    await insert_row(
        session, "top_up_rule", account_id="acct_2", book="live", state="on",
        threshold_microusd=1, monthly_max_micros=1_000,
    )  # fmt: skip
    await insert_row(session, "saved_card", account_id="acct_2", book="live")
    for name, state in (("chk_1", "credited"), ("chk_2", "charging")):
        await insert_row(
            session, "top_up", checkout_id=name, account_id="acct_2", book="live", state=state,
            currency="usd", gross_micros=1_000, monthly_max_micros=1_000, month=24_300,
        )  # fmt: skip


async def add_x402_payments(session: Session, ids: Ids) -> None:
    """Add a purchase of 1000 in the test book by x402, and a payment that is pending."""
    account = await get_account_number(session, "acct_2", "test")
    for name, state in (("1", "credited"), ("2", "pending")):
        await insert_row(
            session, "x402_payment", checkout_id=f"chk_x{name}", natural_key=f"base:{name}",
            book="test", purchase_id=f"pur_x{name}", payer="0xaa", nonce=f"0x{name}", state=state,
            transaction="0xbb" if state == "credited" else None, tried_at=2**60,
        )  # fmt: skip
        await insert_row(
            session, "checkout", id=f"chk_x{name}", book="test", ledger_account=account,
            provider="x402", state=state.replace("pending", "processing"),
        )  # fmt: skip
    await insert_row(
        session, "purchase", id="pur_x1", ledger_account=account, book="test", provider="x402",
        natural_key="base:1", checkout_id="chk_x1", paid_microusd=1_000, credit_microusd=1_000,
        receipt_number=1,
    )  # fmt: skip
    await insert_row(session, "receipt_counter", book="test", last=1)
    await credit_account(
        session, ids, account=account, book="test", code="purchase", reference="base:1",
        amount_microusd=1_000, source=House.CLEARING_X402, category="paid", purchase_id="pur_x1",
    )  # fmt: skip


async def add_commission(session: Session, ids: Ids) -> None:
    """Add the commission on that purchase, a clawback that was undone, and a payout request."""
    await open_accounts(session, "aff_1", "affiliate")
    number = await get_account_number(session, "aff_1", "live", "affiliate")
    account: dict[str, Any] = {"account": number, "book": "live"}
    await insert_row(session, "affiliate", id="aff_1", state="approved")
    transfer = await promise_earning(
        session, ids, **account, reference="pur_1", amount_microusd=150
    )
    await post_promise(session, transfer, 135)
    await claw_back(
        session, ids, **account, code="clawback", reference="pur_1:re_2", amount_microusd=30,
        target=House.AFFILIATE_COST,
    )  # fmt: skip
    await undo_clawback(session, ids, **account, reference="pur_1:re_2:undone", amount_microusd=30)
    row = {"affiliate_id": "aff_1", "book": "live", "purchase_id": "pur_1", "state": "approved"}
    for kind, reference, amount in (
        ("commission", "pur_1", 150),
        ("clawback", "pur_1:re_2", -30),
        ("restored", "pur_1:re_2:undone", 30),
    ):
        await insert_row(
            session, "commission", id=f"com_{kind}", kind=kind, reference=reference, **row,
            transfer_id=transfer if kind == "commission" else None, purchase_microusd=1_000,
            rate_bps=1_500, amount_microusd=amount,
            reversed_microusd=15 if kind == "commission" else 0,
        )  # fmt: skip
    asked = await reserve_payout(session, ids, **account, reference="pay_1", amount_microusd=50)
    await insert_row(
        session, "payout", id="pay_1", affiliate_id="aff_1", book="live", state="requested",
        method="usdc", amount_microusd=50, transfer_id=asked,
    )  # fmt: skip


async def add_codes(session: Session, ids: Ids) -> None:
    """Add a code that was redeemed, and one that came with that purchase and waits elsewhere."""
    for name, uses, first_purchase in (("cod_1", 1, 0), ("cod_2", 2, 1)):
        await insert_row(
            session, "credit_code", id=name, book="live", code_hash=name.encode(), uses=uses,
            used=uses, credit_microusd=500, first_purchase=first_purchase,
        )  # fmt: skip
        await insert_row(
            session, "code_redemption", code_id=name, account_id="acct_2", ledger_account=3,
            book="live", state="credited", credit_microusd=500,
            purchase_id="pur_1" if first_purchase else None,
            taken_back_microusd=50 if first_purchase else 0,
        )  # fmt: skip
        await credit_account(
            session, ids, account=3, book="live", code="promo", reference=f"code:{name}:acct_2",
            amount_microusd=500, source=House.PROMO, category="promo",
        )  # fmt: skip
    await insert_row(
        session, "code_redemption", code_id="cod_2", account_id="acct_1", ledger_account=1,
        book="live", state="waiting", credit_microusd=500,
    )  # fmt: skip
    await claw_back(
        session, ids, account=3, book="live", code="code_taken_back",
        reference="code:cod_2:acct_2:1", amount_microusd=50, target=House.PROMO,
    )  # fmt: skip


async def move_purchase_credit(
    session: Session, ids: Ids, reference: str, amount: int, *, back: bool
) -> None:
    """Move credit and bonus of the purchase to the account, or back."""
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
            await credit_account(
                session, ids, account=3, book="live", code=code if bought else "refund_failed",
                reference=f"{reference}{suffix}", amount_microusd=amount, source=house,
                category=category, purchase_id="pur_1",
            )  # fmt: skip


async def drop_append_only_triggers(session: Session, *, postgres: bool) -> None:
    """Drop the triggers that make ledger and audit log append-only."""
    for table in ("transfer", "entry", "audit_log"):
        names = ["append_only"] if postgres else ["no_update", "no_delete"]
        for name in names:
            of_table = f" ON {table}" if postgres else ""
            await session.execute(text(f"DROP TRIGGER {table}_{name}{of_table}"))


@pytest.fixture(scope="module")
def sound_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = shutil.copy(sqlite_template, tmp_path_factory.mktemp("sound") / "sound.db")
    run_on_own_loop(build_sound_ledger(url := f"sqlite+aiosqlite:///{path}"))
    return url


@pytest.fixture(scope="module")
def sound_postgresql(postgres: PostgresServer, postgres_template: str) -> Iterator[str]:
    url = postgres.create_database(postgres_template)
    run_on_own_loop(build_sound_ledger(url))
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=DATABASE_KINDS)
async def sound(anyio_backend: str, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A sound database without its triggers; a test that corrupts it rolls back."""
    database = Database(request.getfixturevalue(f"sound_{request.param}"))
    yield database
    await database.close()


@pytest.mark.promise("ledger: check-is-clean")
async def test_every_invariant_is_silent_on_a_sound_ledger(sound: Database) -> None:
    assert await check_invariants(sound) == []


@pytest.mark.promise("ledger: check-is-clean")
@pytest.mark.parametrize(("number", "corruption"), CORRUPTIONS)
async def test_an_invariant_fires_on_a_planted_corruption(
    sound: Database, number: str, corruption: str
) -> None:
    async with sound.write() as session:
        for statement in corruption.split(";"):
            await session.execute(text(statement))
        (finding,) = await check_invariants_on(await session.connection(), only=number)
        await session.rollback()
    assert finding.id == number
    assert all(set(row) == {"key", "detail"} for row in finding.rows)


def test_each_invariant_has_a_corruption_that_fires_it() -> None:
    assert {number for number, _ in CORRUPTIONS} == set(load_invariants())


async def test_asking_for_an_invariant_that_is_none_is_a_mistake(sound: Database) -> None:
    with pytest.raises(LookupError):
        await check_invariants(sound, only="I99")
