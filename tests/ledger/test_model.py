"""Any walk of credits, holds, settles, expiries and refunds agrees with a few plain numbers."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gateway.kit.clock import HOUR
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.ledger.accounts.grants import Category
from gateway.ledger.accounts.owners import House
from gateway.ledger.invariants import check_invariants
from gateway.ledger.policies import Limits
from gateway.ledger.transfers import AdmittedHold, claw_back, expire_due_grants
from tests.databases import MovedClock
from tests.ledger.bank import open_bank

CAP = 2_000
T = TypeVar("T")
amounts = st.integers(1, 500)


class LedgerWalk(RuleBasedStateMachine):
    """A random walk of one customer and one capped key, beside a model of its balance.

    The model is exact, except that it only bounds how much of the promo credit has expired.
    """

    template: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.Runner()
        path = shutil.copy(self.template, f"{self.folder.name}/walk.db")
        self.clock = MovedClock()
        self.database = Database(f"sqlite+aiosqlite:///{path}", self.clock)
        self.bank = self.run(open_bank(self.database, Ids()))
        self.key = self.run(self.bank.new_key("key_1", Limits(total_microusd=CAP)))
        self.available = self.pending = self.used = 0
        self.open_holds: dict[str, tuple[int, bool]] = {}
        self.purchases: dict[str, int] = {}
        self.promos: list[tuple[int, int]] = []

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(work)

    def see_expiry(self) -> None:
        """Adopt the available balance; at most the promo credit past its expiry may be gone."""
        seen = self.run(self.bank.balance()).available_microusd
        over = sum(amount for amount, expires_at in self.promos if expires_at <= self.clock.now())
        assert self.available - over <= seen <= self.available
        self.available = seen

    @rule(amount=amounts, category=st.sampled_from(["paid", "bonus", "earned"]))
    def credit(self, amount: int, category: Category) -> None:
        purchase = self.bank.ids.new("pur")
        self.purchases[purchase] = amount
        self.available += amount
        assert self.run(self.bank.credit(amount, category, purchase=purchase)) == self.available

    @rule(amount=amounts, hours=st.integers(1, 48))
    def promo(self, amount: int, hours: int) -> None:
        expires_at = self.clock.now() + hours * HOUR
        self.available += amount
        self.promos.append((amount, expires_at))
        self.run(self.bank.credit(amount, "promo", expires_at=expires_at))

    @rule(wanted=st.lists(amounts, min_size=1, max_size=4), by_key=st.booleans())
    def hold(self, wanted: list[int], by_key: bool) -> None:  # noqa: FBT001 - drawn
        outcomes = self.run(self.bank.try_hold(*wanted, key=self.key if by_key else None))
        for amount, outcome in zip(wanted, outcomes, strict=True):
            fits = amount <= self.available and (not by_key or self.used + amount <= CAP)
            assert isinstance(outcome, AdmittedHold) == fits, outcome
            if isinstance(outcome, AdmittedHold):
                self.available -= amount
                self.pending += amount
                self.used += amount * by_key
                self.open_holds[outcome.hold.id] = (amount, by_key)

    @precondition(lambda self: self.open_holds)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        hold_id = data.draw(st.sampled_from(sorted(self.open_holds)))
        held, by_key = self.open_holds.pop(hold_id)
        captured = data.draw(st.integers(0, held))
        self.run(self.bank.post(hold_id, captured) if captured else self.bank.void(hold_id))
        self.pending -= held
        self.available += held - captured
        self.used -= (held - captured) * by_key
        self.see_expiry()

    @precondition(lambda self: self.purchases)
    @rule(data=st.data())
    def refund(self, data: st.DataObject) -> None:
        purchase = data.draw(st.sampled_from(sorted(self.purchases)))
        amount = self.purchases.pop(purchase)
        self.available -= amount

        async def take_back() -> None:
            async with self.database.write() as tx:
                await claw_back(
                    tx, self.bank.ids, account=self.bank.account, book="live", code="refund",
                    reference=purchase, amount_microusd=amount, target=House.CLEARING_STRIPE,
                    purchase_id=purchase,
                )  # fmt: skip

        self.run(take_back())

    @rule(hours=st.integers(1, 24))
    def wait(self, hours: int) -> None:
        self.run(self.clock.advance(self.database, hours * HOUR))
        self.see_expiry()
        self.run(expire_due_grants(self.database))  # reading had shown it before it was written

    @invariant()
    def agrees(self) -> None:
        balance = self.run(self.bank.balance())
        assert balance.available_microusd == self.available
        assert balance.held_microusd == self.pending
        assert balance.debt_microusd == max(0, -self.available)
        left = sum(bucket.remaining_microusd for bucket in balance.buckets)
        assert left == balance.posted_microusd + balance.debt_microusd

    def teardown(self) -> None:
        assert self.run(check_invariants(self.database)) == []
        self.run(self.database.close())
        self.loop.close()
        self.folder.cleanup()


def test_any_walk_agrees_with_the_model(sqlite_template: Path) -> None:
    LedgerWalk.template = sqlite_template
    steps = settings(max_examples=15, stateful_step_count=20, deadline=None)
    run_state_machine_as_test(LedgerWalk, settings=steps)
