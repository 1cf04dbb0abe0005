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
from gateway.kit.errors import (
    InsufficientCredits,
    KeyLimitExceeded,
    Problem,
)
from gateway.kit.ids import Ids
from gateway.ledger.accounts.grants import Category
from gateway.ledger.accounts.owners import House
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.invariants import check_invariants
from gateway.ledger.policies import Limits, fetch_policies
from gateway.ledger.transfers import AdmittedHold, claw_back, expire_due_grants
from tests.databases import MovedClock
from tests.ledger.bank import open_bank

# The cap of a spender and that of the member it spends for; "" is the owner, who has neither.
CAPS = {"": (None, None), "key_1": (2_000, None), "key_2": (900, 1_500), "mbr_1": (None, 1_500)}
T = TypeVar("T")
amounts = st.integers(1, 500)


class LedgerWalk(RuleBasedStateMachine):
    """A random walk of a team, a capped key and a capped member, beside a model of the balance.

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
        self.run(self.bank.new_member("mbr_1", Limits(total_microusd=1_500)))
        self.run(self.bank.new_key("key_1", Limits(total_microusd=2_000)))
        self.run(self.bank.new_key("key_2", Limits(total_microusd=900), member="mbr_1"))
        self.available = self.pending = 0
        self.used = dict.fromkeys(CAPS, 0)
        self.open_holds: dict[str, tuple[int, str]] = {}
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

    def expect_refusal(self, spender: str, amount: int) -> type[Problem] | None:
        """Return the refusal of a hold by the plain numbers, None if it fits."""
        own, of_member = CAPS[spender]
        if amount > self.available:
            return InsufficientCredits
        if own is not None and self.used[spender] + amount > own:
            return KeyLimitExceeded
        used = self.used["key_2"] + self.used["mbr_1"]
        return MemberLimitExceeded if of_member is not None and used + amount > of_member else None

    @rule(wanted=st.lists(amounts, min_size=1, max_size=4), spender=st.sampled_from([*CAPS]))
    def hold(self, wanted: list[int], spender: str) -> None:
        outcomes = self.run(self.bank.try_hold(*wanted, key=spender or None))
        for amount, outcome in zip(wanted, outcomes, strict=True):
            assert type(outcome) is (self.expect_refusal(spender, amount) or AdmittedHold)
            if isinstance(outcome, AdmittedHold):
                self.available -= amount
                self.pending += amount
                self.used[spender] += amount
                self.open_holds[outcome.hold.id] = (amount, spender)

    @precondition(lambda self: self.open_holds)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        hold_id = data.draw(st.sampled_from(sorted(self.open_holds)))
        held, spender = self.open_holds.pop(hold_id)
        captured = data.draw(st.integers(0, held))
        self.run(self.bank.post(hold_id, captured) if captured else self.bank.void(hold_id))
        self.pending -= held
        self.available += held - captured
        self.used[spender] -= held - captured
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
        policies = self.run(fetch_policies(self.database, ["pol_key_1", "pol_key_2", "mbr_1"]))
        used = {name: policy.total_used_microusd for name, policy in policies.items()}
        assert used == {
            "pol_key_1": self.used["key_1"],
            "pol_key_2": self.used["key_2"],
            "mbr_1": self.used["key_2"] + self.used["mbr_1"],
        }
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
