"""The journal of sales: what was sold and what went back, with the tax of each, to the cent."""

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.operator.sales import COLUMNS, quote_formula, render_line
from gateway.payments.sales_journal import build_lines, list_sales_lines
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState, TaxSource
from gateway.payments.tables import Purchase, PurchaseBill, Reversal
from tests.ledger.bank import assert_sound
from tests.payments.conftest import Buyer, NewBuyer
from tests.payments.test_codes import buy, refund
from tests.payments.test_invoices import buy_with_tax, list_documents
from tests.payments.test_reversals import (
    apply_returns,
    build_dispute,
    build_refund,
    draw_history,
    shuffle_history,
)

pytestmark = pytest.mark.anyio
CENT = 10_000


def build_purchase(paid_microusd: int) -> Purchase:
    return Purchase(
        id="pur_1", account_id="acct_1", ledger_account=1, book="test", provider="stripe",
        natural_key="pi_1", checkout_id=None, package_code="studio", package_name="Studio",
        paid_microusd=paid_microusd, credit_microusd=paid_microusd, bonus_microusd=0,
        expires_at=None, email=None, card_hash=None, receipt_number=1, created_at=1,
    )  # fmt: skip


def build_bill(total_micros: int, tax_micros: int) -> PurchaseBill:
    net_micros = total_micros - tax_micros
    return PurchaseBill(
        purchase_id="pur_1", currency="usd", list_micros=net_micros, discount_micros=0,
        net_micros=net_micros, tax_micros=tax_micros, total_micros=total_micros,
        tax_microusd=tax_micros, tax_included=0, tax_source=TaxSource.PROVIDER, tax_name="VAT",
        tax_percent="19", reverse_charge=0, country="DE", tax_id=None, buyer_name="Ann",
        buyer_address_json=None, promotion_code=None, provider_invoice_id="in_1",
        provider_invoice_url=None,
    )  # fmt: skip


def build_reversal(number: int, amount_micros: int) -> Reversal:
    return Reversal(
        id=f"rev_{number}", purchase_id="pur_1", provider="stripe", kind="refund",
        provider_reference=f"re_{number}", state=ReversalState.TAKEN, outcome=None,
        amount_microusd=amount_micros, credit_taken_microusd=0, bonus_taken_microusd=0,
        reason=None, created_at=2 + number, amount_micros=amount_micros,
        credit_note=f"cn_{number}",
    )  # fmt: skip


async def test_a_sale_and_its_refunds_are_lines_of_the_period_that_they_are_in(
    shop: Shop, buyer: Buyer
) -> None:
    row = await buy(buyer)
    await refund(buyer, row, 5)
    await refund(buyer, row, 3, "failed")  # of which nothing was taken
    async with shop.database.read() as snapshot:
        lines = await list_sales_lines(snapshot, "test", 0, 2**60)
        assert await list_sales_lines(snapshot, "live", 0, 2**60) == []
        assert await list_sales_lines(snapshot, "test", 0, lines[0].at) == []
        later = await list_sales_lines(snapshot, "test", lines[0].at + 1, 2**60)
    assert [(line.kind, line.total_micros) for line in lines] == [
        ("sale", 25_000_000), ("refund", -5_000_000),
    ]  # fmt: skip
    assert [line.kind for line in later] == ["refund"]


@pytest.mark.promise("sales: filed-periods")
async def test_nothing_later_changes_what_an_export_of_a_past_period_says(
    new_buyer: NewBuyer,
) -> None:
    for seed in range(16):
        buyer = await new_buyer()
        intent, draw = await buy_with_tax(buyer), random.Random(seed)  # noqa: S311 - repeatable
        filed = await list_amounts(buyer)
        for report in shuffle_history(draw_history(f"j{seed}", draw)[0], draw):
            await apply_returns(buyer, intent, report)
            lines = await list_amounts(buyer)
            assert lines[: len(filed)] == filed, seed
            assert all(line[0] > filed[-1][0] for line in lines[len(filed) :]), seed
            filed = lines
            await assert_documented(buyer)
        assert 0 <= sum(line[2] for line in filed) <= filed[0][2], seed
    await assert_sound(buyer.shop.database)


async def assert_documented(buyer: Buyer) -> None:
    """Check that each line has a document of its own, of its amounts, and no document is more."""
    async with buyer.shop.database.read() as snapshot:
        every_line = await list_sales_lines(snapshot, "test", 0, 2**60)
    lines = [line for line in every_line if line.purchase.account_id == buyer.account_id]
    documents = await list_documents(buyer)
    assert [(row.purchase_id, row.reversal_id, row.kind) for row in documents] == [
        line.document_key for line in lines
    ]
    assert [(row.tax_micros, row.total_micros) for row in documents] == [
        (abs(line.tax_micros), abs(line.total_micros)) for line in lines
    ]


async def list_amounts(buyer: Buyer) -> list[tuple[int, str, int, int]]:
    async with buyer.shop.database.read() as snapshot:
        lines = await list_sales_lines(snapshot, "test", 0, 2**60)
    return [
        (line.at, line.kind, line.total_micros, line.tax_micros)
        for line in lines
        if line.purchase.account_id == buyer.account_id
    ]


async def test_what_failed_or_was_won_later_is_charged_again_on_its_day(
    shop: Shop, buyer: Buyer
) -> None:
    row = await buy(buyer)
    await refund(buyer, row, 5)
    await refund(buyer, row, 5, "failed")
    intent = f"pi_{row.id}"
    await apply_returns(buyer, intent, build_dispute("a", 2_500))
    assert [line[1:3] for line in await list_amounts(buyer)] == [
        ("sale", 25_000_000), ("refund", -5_000_000), ("refund_failed", 5_000_000),
    ], "a dispute without an outcome takes nothing for good"  # fmt: skip
    await apply_returns(buyer, intent, build_dispute("a", 2_500, "lost"))
    await apply_returns(buyer, intent, build_dispute("a", 2_500, "won", (-1, 1)))
    assert [line[1:3] for line in await list_amounts(buyer)][3:] == [
        ("dispute", -25_000_000), ("dispute_won", 25_000_000),
    ]  # fmt: skip


@pytest.mark.promise("sales: line-is-document")
async def test_a_refund_during_an_inquiry_that_is_lost_is_documented_as_it_is_exported(
    buyer: Buyer,
) -> None:
    intent, name = await buy_with_tax(buyer), buyer.account_id
    inquiry = build_dispute(name, 2_500, "warning_needs_response", ())
    lost = build_dispute(name, 2_500, "lost")
    part = build_refund(name, 1, 1_000)
    await apply_returns(buyer, intent, inquiry, part, lost)
    expected = [("sale", 25_000_000), ("refund", -10_000_000), ("dispute", -15_000_000)]
    assert [line[1:3] for line in await list_amounts(buyer)] == expected
    await assert_documented(buyer)
    await apply_returns(buyer, intent, replace(part, status="failed"))
    assert [line[1:3] for line in await list_amounts(buyer)] == expected, "the bank has all of it"
    await assert_documented(buyer)
    await assert_sound(buyer.shop.database)


async def test_a_return_from_before_its_time_was_written_keeps_its_day(
    shop: Shop, buyer: Buyer
) -> None:
    row = await buy(buyer)
    await refund(buyer, row, 5)
    async with shop.database.write() as session:
        (reversal,) = await session.scalars(select(Reversal))
        begun, reversal.returned_at = reversal.created_at, None
    before = await list_amounts(buyer)
    assert [line[0] for line in before[1:]] == [begun]
    await refund(buyer, row, 5, "failed")
    after = await list_amounts(buyer)
    assert after[:2] == before
    assert after[2][1:3] == ("refund_failed", 5_000_000)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, 10_000_000),
    st.data(),
)
def test_returns_of_all_of_a_total_return_exactly_its_tax(
    total_cents: int, data: st.DataObject
) -> None:
    tax_cents = data.draw(st.integers(0, total_cents))
    parts = data.draw(st.lists(st.integers(1, total_cents), max_size=6))
    bill = build_bill(total_cents * CENT, tax_cents * CENT)
    purchase = build_purchase(total_cents * CENT)
    lines = build_lines(purchase, bill, [
        build_reversal(number, part * CENT) for number, part in enumerate([*parts, total_cents])
    ])  # fmt: skip
    assert sum(line.net_micros for line in lines) == 0
    assert sum(line.tax_micros for line in lines) == 0
    assert all(line.tax_micros % CENT == 0 for line in lines)
    for line in lines[1:]:
        assert line.tax_micros <= 0
        assert line.net_micros <= 0


def test_a_line_names_what_a_tax_adviser_asks_for_and_runs_no_formula() -> None:
    purchase, bill = build_purchase(29_750_000), build_bill(29_750_000, 4_750_000)
    bill.buyer_name = "=HYPERLINK(1)"
    sale, returned = build_lines(purchase, bill, [build_reversal(1, 11_900_000)])
    cells = [dict(zip(COLUMNS, render_line(each, {}), strict=True)) for each in (sale, returned)]
    assert [cells[0][name] for name in ("net", "tax", "total")] == ["25.00", "4.75", "29.75"]
    assert [cells[1][name] for name in ("net", "tax", "total")] == ["-10.00", "-1.90", "-11.90"]
    assert (cells[0]["document"], cells[1]["document"]) == ("in_1", "cn_1")
    assert (cells[0]["country"], cells[0]["taxPercent"], cells[0]["reverseCharge"]) == (
        "DE", "19", "no",
    )  # fmt: skip
    assert (cells[1]["corrects"], cells[1]["reference"]) == ("in_1", "pi_1")
    assert quote_formula(cells[0]["buyer"]) == "'=HYPERLINK(1)"
    assert quote_formula(cells[1]["net"]) == "-10.00"
