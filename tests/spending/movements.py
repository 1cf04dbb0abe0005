"""Movements of one account over months, of every code that a customer's balance can have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import select

from gateway.kit.caller import SpenderId
from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.ledger.accounts.owners import House, get_account_number, open_accounts
from gateway.ledger.tables import Entry, Transfer
from gateway.ledger.transfers import (
    adjust_balance,
    claw_back,
    consume,
    credit_account,
    pay_as_credit,
    post_promise,
    promise_earning,
)
from tests.databases import MovedClock
from tests.ledger.bank import Bank, admit_holds
from tests.rows import insert_row

CREDITS: dict[str, tuple[House, Any]] = {
    "purchase": (House.CLEARING_STRIPE, "paid"),
    "bonus": (House.BONUS, "bonus"),
    "promo": (House.PROMO, "promo"),
    "refund_failed": (House.CLEARING_STRIPE, "paid"),
    "dispute_won": (House.CLEARING_STRIPE, "paid"),
    "deposit_restored": (House.CLEARING_ONCHAIN, "paid"),
}
CLAW_BACKS = ("refund", "dispute", "deposit_reversed")
TASKS = ("image.generate", "video.generate")
KEYS = (None, "key_1", "key_2", "mbr_1")
PROJECT_IDS = tuple(f"proj_{number:026d}" for number in (1, 2))
PROJECT_NAMES = ("@x", "Fox")
PROJECTS = (None, *PROJECT_IDS)
KINDS = (*CREDITS, "code", *CLAW_BACKS, "job", "job", "job", "agent", "consume", "adjust", "earned",
         "wait", "void")  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One movement of a walk; before it, `days` pass."""

    kind: str
    amount: int
    days: int = 0
    choice: int = 0


steps = st.lists(
    st.builds(
        Step,
        kind=st.sampled_from(KINDS),
        amount=st.integers(1, 10**9),
        days=st.sampled_from([0, 0, 0, 1, 9, 31]),
        choice=st.integers(0, 11),
    ),
    max_size=25,
)


@dataclass
class Walk:
    """A walk of movements on one account."""

    bank: Bank
    clock: MovedClock

    async def open(self) -> None:
        """Open the keys, the affiliate account, the projects and a thread."""
        for key in KEYS[1:]:
            await self.bank.new_key(str(key))
        async with self.bank.database.write() as tx:
            await open_accounts(tx, "aff_1", "affiliate")
            for project_id, name in zip(PROJECT_IDS, PROJECT_NAMES, strict=True):
                await insert_row(
                    tx, "project", id=project_id, account_id=self.bank.account, name=name
                )
            await insert_row(
                tx, "thread", id="thr_1", account_id=self.bank.account, project_id=PROJECT_IDS[1]
            )

    async def take(self, many: Sequence[Step]) -> None:
        """Take the steps; those that the balance does not allow do nothing."""
        for step in many:
            if step.days:
                await self.clock.advance(self.bank.database, step.days * DAY)
            await self.take_one(step)

    async def take_one(self, step: Step) -> None:
        bank, account = self.bank, self.bank.account
        reference = bank.ids.new("ref")
        if step.kind in CREDITS or step.kind == "code":
            code = "promo" if step.kind == "code" else step.kind
            house, category = CREDITS[code]
            async with bank.database.write() as tx:
                await credit_account(
                    tx, bank.ids, account=account, book="live", code=code,
                    reference=f"code:{reference}" if step.kind == "code" else reference,
                    amount_microusd=step.amount, source=house, category=category,
                    expires_at=bank.database.clock.now() + 20 * DAY if code == "promo" else None,
                )  # fmt: skip
        elif step.kind in CLAW_BACKS:
            async with bank.database.write() as tx:
                await claw_back(
                    tx, bank.ids, account=account, book="live", code=step.kind,
                    reference=reference, amount_microusd=step.amount, target=House.CLEARING_STRIPE,
                )  # fmt: skip
        elif step.kind == "earned":
            await self.earn(step.amount, reference)
        else:
            await self.spend(step, reference)

    async def spend(self, step: Step, reference: str) -> None:
        """Spend at most what is available."""
        bank = self.bank
        balance = await bank.balance()
        amount = min(step.amount, balance.available_microusd)
        if amount < 1 or balance.debt_microusd:
            return
        name = KEYS[step.choice % len(KEYS)]
        key = None if name is None else SpenderId(name)
        if step.kind in {"job", "agent", "void"}:
            hold = await self.hold(step, amount, key)
            if step.kind == "void":
                await bank.void(hold)
            else:
                await bank.post(hold, max(1, amount - step.choice))
        elif step.kind == "consume":
            async with bank.database.write() as tx:
                await consume(
                    tx, bank.ids, account=bank.account, book="live", reference=reference,
                    amount_microusd=amount, key_id=key,
                )  # fmt: skip
        elif step.kind == "adjust":
            async with bank.database.write() as tx:
                await adjust_balance(
                    tx, bank.ids, account=bank.account, book="live", reference=reference,
                    amount_microusd=-amount if step.choice % 2 else step.amount, description="x",
                )  # fmt: skip

    async def hold(self, step: Step, amount: int, key: SpenderId | None) -> str:
        """Hold an amount for a job, or for a message to the agent."""
        bank, hold = self.bank, self.bank.build_hold(amount, key=key)
        reference = bank.ids.new("job" if step.kind != "agent" else "req")
        project_id = PROJECTS[step.choice % len(PROJECTS)]
        async with bank.database.write() as tx:
            await admit_holds(tx, [replace(hold, reference=reference, key_id=key)])
            if step.kind == "job":
                await insert_row(
                    tx, "job", id=reference, account_id=bank.account, book="live", hold_id=hold.id,
                    state="succeeded", price_microusd=amount, key_id=key,
                    task=TASKS[step.choice % len(TASKS)],
                    project_id=project_id,
                )  # fmt: skip
            elif step.kind == "agent":
                await insert_row(
                    tx, "agent_request", id=reference, account_id=bank.account, book="live",
                    hold_id=hold.id, state="succeeded", price_microusd=amount, key_id=key,
                    captured_microusd=0, thread_id="thr_1",
                    project_id=project_id or PROJECT_IDS[0],
                )  # fmt: skip
        return hold.id

    async def earn(self, amount: int, reference: str) -> None:
        """Earn a commission and take it as credit."""
        bank = self.bank
        async with bank.database.write() as tx:
            affiliate = await get_account_number(tx, "aff_1", "live", "affiliate")
            promise = await promise_earning(
                tx, bank.ids, account=affiliate, book="live", reference=reference,
                amount_microusd=amount,
            )  # fmt: skip
            await post_promise(tx, promise, amount)
            await pay_as_credit(
                tx, bank.ids, account=affiliate, customer=bank.account, book="live",
                reference=reference, amount_microusd=amount,
            )  # fmt: skip


@dataclass(frozen=True)
class RawPosting:
    """A posted entry with its transfer, as the tables have them."""

    at: int
    code: str
    key_id: str | None
    amount: int


async def read_raw_postings(database: Database, account: int) -> list[RawPosting]:
    """Read every posted entry of an account, by another way than the reports."""
    query = (
        select(Entry.created_at, Transfer.code, Transfer.key_id, Entry.amount_microusd)
        .join(Transfer, Transfer.id == Entry.transfer_id)
        .where(Entry.account_id == account, Entry.layer == "posted")
    )
    async with database.read() as session:
        return [RawPosting(*row) for row in await session.execute(query)]
