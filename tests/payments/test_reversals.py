"""Refunds and disputes: whatever the order of what we hear, the end is the same, to the µUSD."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.kit import audit_log
from gateway.ledger import transfers
from gateway.ledger.accounts.freezes import unfreeze_account
from gateway.ledger.invariants import check_invariants
from gateway.ledger.reports.balances import Balance
from gateway.payments.payment import ProviderDispute, ProviderRefund
from gateway.payments.purchases.purchase_credit import lock_purchase_of_payment
from gateway.payments.purchases.receipts import list_reversals_by_purchase, render_receipt
from gateway.payments.refunds.reversal_credit import (
    calculate_due_credit,
    debit_reversal,
    give_back_credit,
)
from gateway.payments.refunds.reversal_rows import add_reversal
from gateway.payments.refunds.reversals import reverse_dispute, reverse_refund
from gateway.payments.states import ReversalState
from gateway.payments.stripe.readings import (
    read_stripe_dispute,
    read_stripe_payment,
    read_stripe_refund,
)
from gateway.payments.tables import Purchase, Reversal
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, NewBuyer, build_matching_payment

pytestmark = pytest.mark.anyio
TOTAL, PRICE, CENT = 26_000_000, 25_000_000, 10_000
Seen = ProviderRefund | ProviderDispute


def build_refund(buyer: str, number: int, cents: int, status: str = "succeeded") -> ProviderRefund:
    return ProviderRefund(
        id=f"re_{buyer}_{number}", intent_id=None, amount_micros=cents * CENT, status=status,
        reversal_id=None, reason=None,
    )  # fmt: skip


def build_dispute(
    buyer: str, cents: int, status: str = "needs_response", moved: Sequence[int] = (-1,)
) -> ProviderDispute:
    return ProviderDispute(
        id=f"du_{buyer}", intent_id=None, amount_micros=cents * CENT, status=status,
        withdrawn=-1 in moved, reinstated=1 in moved, reason=None,
    )  # fmt: skip


async def buy_package(buyer: Buyer) -> str:
    row = await buyer.add_checkout()
    await buyer.settle_payment(build_matching_payment(row))
    return f"pi_{row.id}"


async def apply_returns(buyer: Buyer, intent: str, *seen: Seen) -> None:
    for each in seen:
        async with buyer.shop.database.write() as session:
            purchase = await lock_purchase_of_payment(session, "test", "stripe", intent)
            assert purchase is not None
            if isinstance(each, ProviderRefund):
                await reverse_refund(session, buyer.shop, purchase, each)
            else:
                await reverse_dispute(session, buyer.shop, purchase, each)


@pytest.mark.promise("payments: full-refund-is-zero")
async def test_a_full_refund_in_parts_nets_exactly_zero(buyer: Buyer) -> None:
    intent = await buy_package(buyer)
    parts = [build_refund("a", number, cents) for number, cents in enumerate((333, 333, 1_834))]
    left = []
    for part in parts:
        await apply_returns(buyer, intent, part, part)
        left.append((await buyer.get_balance()).available_microusd)
    assert left == [TOTAL - TOTAL * 333 // 2_500, TOTAL - TOTAL * 666 // 2_500, 0]
    await assert_sound(buyer.shop.database)


@pytest.mark.promise("payments: dispute")
async def test_a_dispute_on_spent_credit_is_a_debt_and_a_won_one_restores_the_number(
    buyer: Buyer,
) -> None:
    intent = await buy_package(buyer)
    opened = build_dispute("a", 2_500)
    await apply_returns(buyer, intent, build_dispute("a", 2_500, moved=()), opened, opened)
    balance = await buyer.get_balance()
    assert (balance.available_microusd, balance.frozen_reasons) == (0, ["dispute"])
    await apply_returns(buyer, intent, replace(opened, status="won", reinstated=True))
    balance = await buyer.get_balance()
    assert (balance.available_microusd, balance.debt_microusd) == (TOTAL, 0)
    assert (balance.state, balance.frozen_reasons) == ("active", [])
    async with buyer.shop.database.read() as snapshot:
        done = [row async for row, _, _ in audit_log.stream_rows(snapshot)]
    assert [(row.action, row.actor_id, row.target) for row in done] == [
        ("account.freeze", "stripe", buyer.account_id),
        ("account.unfreeze", "stripe", buyer.account_id),
    ]
    await assert_sound(buyer.shop.database)


async def test_a_lost_dispute_stays_frozen_until_the_operator_lifts_it(buyer: Buyer) -> None:
    intent = await buy_package(buyer)
    lost = build_dispute("a", 2_500, "lost")
    await apply_returns(buyer, intent, lost)
    assert (await buyer.get_balance()).frozen_reasons == ["dispute"]
    await lift_freeze(buyer, lost.id)
    await apply_returns(buyer, intent, lost, build_dispute("a", 2_500))
    assert (await buyer.get_balance()).frozen_reasons == []


async def lift_freeze(buyer: Buyer, reference: str) -> None:
    async with buyer.shop.database.write() as session:
        await unfreeze_account(
            session, account=buyer.ledger_account, reason="dispute", reference=reference
        )


def draw_history(buyer: str, draw: random.Random) -> tuple[list[Seen], int, bool]:
    """Return every state that refunds and a dispute go through, what is back, whether frozen."""
    left, back, heard = 2_500, 0, list[Seen]()
    for number in range(draw.randrange(4)):
        cents = draw.randrange(1, left // 2)
        failed = draw.random() < 0.4
        begun = build_refund(buyer, number, cents, "pending")
        heard += [begun, replace(begun, status="failed" if failed else "succeeded")]
        left -= cents
        back += 0 if failed else cents
    end = draw.choice(["none", "open", "won", "lost", "inquiry"])
    cents = draw.choice([left, 2_500])  # a bank may dispute all of it, paid back or not
    if end == "inquiry":
        heard += [build_dispute(buyer, cents, "warning_needs_response", ())]
        heard += [build_dispute(buyer, cents, "won", ())]
    elif end != "none":
        heard += [build_dispute(buyer, cents, moved=()), build_dispute(buyer, cents)]
        back += 0 if end == "won" else cents
        if end == "won":
            heard += [build_dispute(buyer, cents, "won", (-1, 1))]
        if end == "lost":
            heard += [build_dispute(buyer, cents, "lost")]
    return heard, min(back, 2_500), end in {"open", "lost"}


def shuffle_history(heard: list[Seen], draw: random.Random) -> list[Seen]:
    """Return the states in any order, some again; the last of each thing is among them."""
    mixed = heard + draw.choices(heard, k=len(heard)) if heard else []
    draw.shuffle(mixed)
    return mixed


@pytest.mark.promise("payments: any-order")
async def test_any_order_of_refunds_and_a_dispute_ends_the_same(new_buyer: NewBuyer) -> None:
    for seed in range(16):
        draw = random.Random(seed)  # noqa: S311 - a repeatable test
        buyer = await new_buyer()
        intent = await buy_package(buyer)
        spent = draw.choice([0, 0, 3_000_000, TOTAL])
        await spend_credit(buyer, spent)
        heard, back, frozen = draw_history(str(seed), draw)
        await apply_returns(buyer, intent, *shuffle_history(heard, draw))
        balance = await buyer.get_balance()
        left = TOTAL - TOTAL * back // 2_500 - spent
        assert (balance.available_microusd, balance.debt_microusd) == (left, max(0, -left)), seed
        assert (balance.frozen_reasons == ["dispute"]) is frozen, seed
        assert sum(count_categories(balance).values()) == max(0, left), seed
        if not spent:  # then each kind of credit is what it was, less its share
            whole = Counter(paid=PRICE, bonus=TOTAL - PRICE)
            assert count_categories(balance) == +Counter(
                {kind: each - each * back // 2_500 for kind, each in whole.items()}
            ), seed
    await assert_sound(buyer.shop.database)


async def spend_credit(buyer: Buyer, amount: int) -> None:
    if amount:
        async with buyer.shop.database.write() as session:
            await transfers.consume(
                session, buyer.shop.ids, account=buyer.ledger_account, book="test",
                reference=buyer.account_id, amount_microusd=amount, key_id=None,
            )  # fmt: skip


def count_categories(balance: Balance) -> Counter[str]:
    """Return what is left of each kind of credit."""
    found: Counter[str] = Counter()
    for bucket in balance.buckets:
        found[bucket.category] += bucket.remaining_microusd
    return found


async def test_what_a_failed_refund_gives_back_goes_to_a_dispute_that_found_it_taken(
    buyer: Buyer,
) -> None:
    intent = await buy_package(buyer)
    part, whole = build_refund("a", 1, 2_000), build_dispute("a", 2_500)
    await apply_returns(buyer, intent, part, whole, replace(part, status="failed"))
    assert (await buyer.get_balance()).available_microusd == 0
    # The dispute took its credit by two rows, and is one line of the receipt.
    assert await list_receipt_refunds(buyer) == [
        ("refund", "failed", 2_000 * CENT),
        ("dispute", "refunded", PRICE),
    ]
    await assert_sound(buyer.shop.database)
    await apply_returns(buyer, intent, whole, replace(whole, status="won", reinstated=True))
    balance = await buyer.get_balance()
    assert (balance.available_microusd, balance.state) == (TOTAL, "active")
    assert count_categories(balance) == Counter(paid=PRICE, bonus=TOTAL - PRICE)
    await assert_sound(buyer.shop.database)


async def test_a_refund_that_failed_lets_a_dispute_take_what_it_could_not(buyer: Buyer) -> None:
    intent = await buy_package(buyer)
    whole = build_refund("a", 1, 2_500)
    await apply_returns(buyer, intent, whole, build_dispute("a", 2_500))
    await apply_returns(buyer, intent, replace(whole, status="failed"))
    assert (await buyer.get_balance()).available_microusd == 0
    await apply_returns(buyer, intent, build_dispute("a", 2_500, "won", (-1, 1)))
    assert (await buyer.get_balance()).available_microusd == TOTAL
    await assert_sound(buyer.shop.database)


async def test_a_failed_refund_and_a_won_dispute_leave_what_the_other_refund_owes(
    buyer: Buyer,
) -> None:
    intent = await buy_package(buyer)
    failing, other = build_refund("a", 1, 1_000), build_refund("a", 2, 1_000)
    dispute = build_dispute("a", 2_500)
    await apply_returns(buyer, intent, failing, other, dispute, replace(failing, status="failed"))
    assert (await buyer.get_balance()).available_microusd == 0
    await apply_returns(buyer, intent, replace(dispute, status="won", reinstated=True))
    assert (await buyer.get_balance()).available_microusd == TOTAL - TOTAL * 1_000 // 2_500
    await assert_sound(buyer.shop.database)


async def test_what_refunds_took_is_the_floor_of_what_stands_after_each_step(
    new_buyer: NewBuyer,
) -> None:
    for seed in range(12):
        draw = random.Random(seed)  # noqa: S311 - a repeatable test
        buyer = await new_buyer()
        intent = await buy_package(buyer)
        standing = list[Seen]()
        for number in range(draw.randrange(2, 8)):
            if standing and draw.random() < 0.4:
                each = standing.pop(draw.randrange(len(standing)))
                if isinstance(each, ProviderRefund):
                    end: Seen = replace(each, status="failed")
                else:
                    end = replace(each, status="won", reinstated=True)
                await apply_returns(buyer, intent, end)
            else:
                left = PRICE - sum(each.amount_micros for each in standing)
                add: Seen = build_refund(str(seed), number, 1)
                if left <= 0 or draw.random() < 0.5:  # a bank may dispute what was paid back
                    add, left = build_dispute(f"{seed}_{number}", 1), PRICE
                add = replace(add, amount_micros=draw.choice([draw.randint(1, left), left]))
                standing.append(add)
                await apply_returns(buyer, intent, add)
            back = min(PRICE, sum(each.amount_micros for each in standing))
            balance = await buyer.get_balance()
            assert balance.available_microusd == TOTAL - TOTAL * back // PRICE, seed
    await assert_sound(buyer.shop.database)


async def list_receipt_refunds(buyer: Buyer) -> list[tuple[str, str, int]]:
    async with buyer.shop.database.read() as snapshot:
        purchase = (await snapshot.scalars(select(Purchase))).one()
        rows = await list_reversals_by_purchase(snapshot, [purchase])
    receipt = render_receipt(purchase, rows[purchase.id], None, "Seller")
    return [(each.kind, each.state, each.amount_microusd) for each in receipt.refunds]


def build_purchase(price: int, credit: int, bonus: int) -> Purchase:
    return Purchase(
        id="pur", account_id="acct", ledger_account=1, book="test", provider="stripe",
        natural_key="pi", checkout_id=None, package_code="x", package_name="x",
        paid_microusd=price, credit_microusd=credit, bonus_microusd=bonus, expires_at=None,
        email=None, card_hash=None, receipt_number=1, created_at=1,
    )  # fmt: skip


@settings(max_examples=60)
@given(
    st.integers(50, 100_000),
    st.integers(1, 10**9),
    st.integers(0, 10**8),
    st.lists(st.integers(1, 100_000), min_size=1, max_size=6),
)
def test_parts_of_a_refund_take_the_floor_of_their_sum(
    cents: int, credit: int, bonus: int, given_parts: list[int]
) -> None:
    purchase = build_purchase(cents * CENT, credit, bonus)
    taken: list[Reversal] = []
    back = 0
    for part in given_parts:
        step = min(part, cents - back)
        back += step
        row = Reversal(
            id="rev", purchase_id="pur", provider="stripe", kind="refund",
            provider_reference=None, state=ReversalState.TAKEN, outcome=None,
            amount_microusd=step * CENT,
            credit_taken_microusd=0, bonus_taken_microusd=0, reason=None, created_at=1,
        )  # fmt: skip
        taken.append(row)
        row.credit_taken_microusd, row.bonus_taken_microusd = calculate_due_credit(
            purchase, taken, purchase.paid_microusd
        )
        both = [each.credit_taken_microusd + each.bonus_taken_microusd for each in taken]
        assert min(both) >= 0
        assert sum(both) == (credit + bonus) * back // cents
    if back == cents:
        assert sum(each.credit_taken_microusd for each in taken) == credit
        assert sum(each.bonus_taken_microusd for each in taken) == bonus


def test_the_ends_that_stripe_knows_by_many_words_have_one_in_the_books() -> None:
    ended = {"id": "du_1", "amount": 100, "payment_intent": "pi_1"}
    for word in ("won", "warning_closed", "prevented"):
        assert read_stripe_dispute(ended | {"status": word}).status == "won"
    for word, ours in (
        ("canceled", "failed"),
        ("failed", "failed"),
        ("requires_action", "pending"),
    ):
        assert read_stripe_refund(ended | {"status": word}).status == ours
    for word in ("requires_payment_method", "canceled"):
        intent = {"id": "pi_1", "status": word}
        assert (
            read_stripe_payment({"id": "cs_1", "payment_intent": intent}).intent_status
            == "canceled"
        )


async def plant_reversal(
    buyer: Buyer, intent: str, taken: int, *, reference: str, amount: int, undone: bool
) -> None:
    """Write a reversal as the last release would: without times, with the credit that it took."""
    shop = buyer.shop
    async with shop.database.write() as session:
        purchase = await lock_purchase_of_payment(session, "test", "stripe", intent)
        assert purchase is not None
        row = await add_reversal(
            session, shop, purchase, kind="refund", amount_micros=amount, reason=None,
            provider_reference=reference,
        )  # fmt: skip
        row.state, row.credit_taken_microusd = ReversalState.TAKEN, taken
        await debit_reversal(session, shop, purchase, row)
        if undone:
            await give_back_credit(session, shop, purchase, row)
            row.state = ReversalState.UNDONE


@pytest.mark.parametrize(("excess", "findings"), [(1, 0), (2, 1)])
async def test_the_rounding_of_a_return_that_the_last_release_undid_is_no_finding(
    buyer: Buyer, excess: int, findings: int
) -> None:
    intent = await buy_package(buyer)
    await plant_reversal(
        buyer, intent, 3_463_200, reference="re_old1", amount=3_330_000, undone=True
    )
    taken = TOTAL * 666 // 2_500 + excess
    await plant_reversal(buyer, intent, taken, reference="re_old2", amount=6_660_000, undone=False)
    found = [each for each in await check_invariants(buyer.shop.database) if each.id == "I19"]
    assert len(found) == findings


async def test_a_repeated_report_mends_a_rest_that_stayed_with_the_wrong_refund(
    buyer: Buyer,
) -> None:
    intent = await buy_package(buyer)
    refund = build_refund("mend", 1, 1_000)
    await apply_returns(buyer, intent, refund)
    right = (await buyer.get_balance()).available_microusd
    await plant_reversal(
        buyer, intent, 5_000_000, reference=f"{refund.id}:2", amount=0, undone=False
    )
    assert (await buyer.get_balance()).available_microusd == right - 5_000_000
    assert [each.id for each in await check_invariants(buyer.shop.database)] == ["I19"]
    for _ in range(2):
        await apply_returns(buyer, intent, refund)
        assert (await buyer.get_balance()).available_microusd == right
    await assert_sound(buyer.shop.database)
