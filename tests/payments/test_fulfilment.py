"""Crediting a payment: exactly what was ordered, and exactly once."""

from typing import Any

import pytest
from sqlalchemy import select

from gateway.payments.tables import Checkout, Purchase
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, NewBuyer, build_matching_payment

pytestmark = pytest.mark.anyio
WRONG: list[dict[str, Any]] = [
    {"amount_micros": 24_990_000},
    {"currency": "eur"},
    {"account_id": "acct_other"},
    {"package_code": "scale_10000"},
    {"livemode": True},
    {"intent_checkout_id": "chk_other"},
    {"checkout_id": "chk_other"},
]
UNPAID: list[tuple[str, dict[str, Any]]] = [
    ("open", {"status": "open", "payment_status": "unpaid"}),
    ("processing", {"payment_status": "unpaid", "intent_status": "processing"}),
    ("failed", {"payment_status": "unpaid", "intent_status": "canceled"}),
    ("expired", {"status": "expired", "payment_status": "unpaid"}),
    ("review", {"payment_status": "no_payment_required", "amount_micros": 0}),
]


async def load_checkout_state(buyer: Buyer, row: Checkout) -> str:
    async with buyer.shop.database.read() as snapshot:
        return (await snapshot.get_one(Checkout, row.id)).state


@pytest.mark.promise("payments: once")
async def test_a_paid_session_is_credited_once_with_its_bonus(buyer: Buyer) -> None:
    row = await buyer.add_checkout()
    assert [await buyer.settle_payment(build_matching_payment(row)) for _ in range(3)] == [
        "credited"
    ] * 3
    balance = await buyer.get_balance()
    assert [(b.category, b.remaining_microusd) for b in balance.buckets] == [
        ("bonus", 1_000_000),
        ("paid", 25_000_000),
    ]
    await assert_sound(buyer.shop.database)


@pytest.mark.promise("payments: only-what-was-ordered")
async def test_a_payment_that_is_not_what_was_ordered_waits_for_a_person(buyer: Buyer) -> None:
    for wrong in WRONG:
        row = await buyer.add_checkout()
        assert await buyer.settle_payment(build_matching_payment(row, **wrong)) == "review", wrong
        assert await buyer.settle_payment(build_matching_payment(row)) == "review"
    assert (await buyer.get_balance()).available_microusd == 0


async def test_one_payment_never_pays_for_two_checkouts(buyer: Buyer) -> None:
    first, second = await buyer.add_checkout(), await buyer.add_checkout()
    assert await buyer.settle_payment(build_matching_payment(first)) == "credited"
    assert (
        await buyer.settle_payment(build_matching_payment(second, intent_id=f"pi_{first.id}"))
        == "review"
    )
    assert (await buyer.get_balance()).available_microusd == 26_000_000


async def test_what_is_not_paid_has_its_own_state(buyer: Buyer) -> None:
    for state, said in UNPAID:
        row = await buyer.add_checkout()
        await buyer.settle_payment(build_matching_payment(row, **said))
        assert await load_checkout_state(buyer, row) == state
    assert (await buyer.get_balance()).available_microusd == 0


async def test_a_session_whose_answer_was_lost_is_found_by_what_we_wrote_into_it(
    buyer: Buyer,
) -> None:
    row = await buyer.add_checkout(provider_reference=None, state="creating")
    assert (
        await buyer.settle_payment(build_matching_payment(row, session_id="cs_lost")) == "credited"
    )


async def test_a_session_that_is_not_ours_changes_nothing(buyer: Buyer) -> None:
    row = await buyer.add_checkout()
    stranger = build_matching_payment(row, session_id="cs_stranger", checkout_id="chk_stranger")
    assert await buyer.settle_payment(stranger) == "ignored"
    assert await load_checkout_state(buyer, row) == "open"


async def test_receipt_numbers_have_no_gap_and_no_twin(new_buyer: NewBuyer) -> None:
    buyers = [await new_buyer() for _ in range(3)]
    for buyer in buyers * 2:
        await buyer.settle_payment(build_matching_payment(await buyer.add_checkout("starter_200")))
    async with buyers[0].shop.database.read() as snapshot:
        numbers = (await snapshot.scalars(select(Purchase.receipt_number))).all()
    assert sorted(number or 0 for number in numbers) == [1, 2, 3, 4, 5, 6]
    await assert_sound(buyers[0].shop.database)
