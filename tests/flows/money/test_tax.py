"""Tax, discounts and currencies: Stripe charges them, and the credit stays what was ordered."""

import csv
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.admin_commands import REASON_OPTION, run_admin
from tests.fakes.stripe.client import STRIPE_KEY, StripeStandIn, serve_stripe
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.gateway import Client, Gateway, assert_problem, serve_gateway

PACKAGES = [
    {
        "code": "studio_2500", "name": "Studio", "price_microusd": 25_000_000,
        "credit_microusd": 25_000_000, "bonus_microusd": 1_000_000,
        "prices": {"eur": 23_000_000, "jpy": 3_800_000_000},
    }
]  # fmt: skip
GERMANY = {"line1": "Hauptstr. 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}
TEXAS = {"line1": "1 Main St", "city": "Austin", "postal_code": "73301", "country": "US"}


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        for code, percent in (("FIFTH", 20), ("GIFT", 100)):
            add_promotion_code(one, code, percent)
        yield one


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that leaves the tax to Stripe, takes promotion codes and sells in euros and yen."""
    folder = tmp_path_factory.mktemp("taxed")
    packages = folder / "packages.json"
    packages.write_text(json.dumps(PACKAGES))
    settings = {"KT_TAX": "stripe", "KT_PROMOTION_CODES": "on", "KT_PACKAGES": str(packages)}
    with serve_gateway(folder / "data", **bank.settings, **settings) as one:
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def call_stripe(bank: StripeStandIn, path: str, **fields: str) -> dict[str, Any]:
    """Call Stripe's API as the operator's dashboard does."""
    answer = bank.http.post(path, data=fields, headers={"Authorization": f"Bearer {STRIPE_KEY}"})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def add_promotion_code(bank: StripeStandIn, code: str, percent: int) -> None:
    coupon = call_stripe(bank, "/v1/coupons", percent_off=str(percent))["id"]
    fields = {"promotion[type]": "coupon", "promotion[coupon]": coupon, "code": code}
    call_stripe(bank, "/v1/promotion_codes", **fields)


def buy(
    buyer: Client,
    bank: StripeStandIn,
    currency: str = "usd",
    **entries: Any,  # noqa: ANN401 - JSON
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Buy the package; return the checkout and the purchase as the buyer's list has it."""
    opened = open_checkout(buyer, currency=currency)
    bank.call_control("pay", session=opened["sessionId"], **entries)
    claimed = claim_checkout(buyer, opened).json()
    assert claimed["state"] == "credited", claimed
    purchase: dict[str, Any] = buyer.http.get("/api/v1/purchases").json()["data"][0]
    assert purchase["id"] == claimed["purchaseId"]
    return opened, purchase


def name_invoice(shop: Gateway, purchase_id: str, invoice_id: str | None) -> None:
    """Change the invoice that a bill names."""
    change_books(
        shop,
        "UPDATE purchase_bill SET provider_invoice_id = ? WHERE purchase_id = ?",
        (invoice_id, purchase_id),
    )


def change_books(shop: Gateway, statement: str, values: tuple[str | None, ...]) -> None:
    with closing(sqlite3.connect(shop.data_dir / "kt.db")) as books, books:
        books.execute(statement, values)


def get_amounts(purchase: dict[str, Any]) -> list[str]:
    bill = purchase["bill"]
    return [bill[name] for name in ("list", "discount", "net", "tax", "total", "currency")]


@pytest.mark.promise("sales: tax-is-never-credit")
def test_tax_comes_on_top_of_the_price_and_is_no_credit(buyer: Client, bank: StripeStandIn) -> None:
    _, purchase = buy(buyer, bank, address=GERMANY, name="Ann Example")
    assert get_amounts(purchase) == ["25.00", "0.00", "25.00", "4.75", "29.75", "usd"]
    bill = purchase["bill"]
    assert (bill["taxName"], bill["taxPercent"], bill["country"]) == ("VAT", "19", "DE")
    assert (bill["buyerName"], bill["reverseCharge"]) == ("Ann Example", False)
    assert bill["invoiceUrl"].startswith(bank.base)
    assert (purchase["priceUsd"], purchase["taxUsd"]) == ("25.00", "4.75")
    assert buyer.get_balance()["balanceUsd"] == "26.00"
    answer = buyer.http.get(f"/api/v1/purchases/receipt?purchaseId={purchase['id']}").json()
    assert (answer["taxUsd"], answer["totalUsd"]) == ("4.75", "29.75")
    assert answer["lines"][0]["amountUsd"] == "25.00"
    assert answer["bill"] == bill


def test_a_business_of_another_country_accounts_for_the_tax_itself(
    buyer: Client, bank: StripeStandIn
) -> None:
    _, purchase = buy(buyer, bank, address=GERMANY, name="GmbH", tax_number="DE123456789")
    assert get_amounts(purchase) == ["25.00", "0.00", "25.00", "0.00", "25.00", "usd"]
    bill = purchase["bill"]
    assert (bill["reverseCharge"], bill["taxId"]) == (True, "DE123456789")


def test_an_account_has_one_customer_at_stripe(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    first, _ = buy(buyer, bank, address=GERMANY)
    second, _ = buy(buyer, bank)  # the address is known now
    sessions = [
        bank.get_object(f"/v1/checkout/sessions/{each['sessionId']}") for each in (first, second)
    ]
    assert sessions[0]["customer"] == sessions[1]["customer"] is not None
    assert sessions[1]["customer_details"]["address"]["country"] == "DE"


@pytest.mark.promise("sales: forgotten-customer")
def test_a_customer_that_stripe_forgot_is_replaced_once(buyer: Client, bank: StripeStandIn) -> None:
    sessions = []
    for forget in (True, True, False, False):
        opened, _ = buy(buyer, bank, address=GERMANY)
        sessions.append(bank.get_object(f"/v1/checkout/sessions/{opened['sessionId']}"))
        if forget:
            bank.call_control("forget", kind="customer", id=sessions[-1]["customer"])
    customers = [each["customer"] for each in sessions]
    assert len(set(customers)) == 3, customers
    assert customers[2] == customers[3], "one that Stripe knows stays"


@pytest.mark.promise("sales: discount-leaves-credit")
def test_a_promotion_code_lowers_the_price_and_not_the_credit(
    buyer: Client, bank: StripeStandIn
) -> None:
    _, purchase = buy(buyer, bank, address=GERMANY, promotion_code="FIFTH")
    assert get_amounts(purchase) == ["25.00", "5.00", "20.00", "3.80", "23.80", "usd"]
    assert (purchase["priceUsd"], purchase["bill"]["promotionCode"]) == ("20.00", "FIFTH")
    assert buyer.get_balance()["balanceUsd"] == "26.00"


def test_a_receipt_page_shows_a_discount_also_without_its_code(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    _, purchase = buy(buyer, bank, address=GERMANY, promotion_code="FIFTH")
    change_books(
        shop,
        "UPDATE purchase_bill SET promotion_code = ? WHERE purchase_id = ?",
        (None, purchase["id"]),
    )
    with shop.browser(buyer.account_id) as person:
        page = person.get(f"/credits/receipt?purchaseId={purchase['id']}&mode=test").text
    row = r"<td>Discount</td><td></td><td class=.number.>\u2212\$5\.00</td>"
    assert re.search(row, page), page


@pytest.mark.promise("sales: free-is-credited-once")
def test_a_code_for_all_of_it_is_credited_once_and_not_refunded(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened, purchase = buy(buyer, bank, address=TEXAS, promotion_code="GIFT")
    assert get_amounts(purchase) == ["25.00", "25.00", "0.00", "0.00", "0.00", "usd"]
    assert claim_checkout(buyer, opened).json()["state"] == "credited"
    assert (purchase["priceUsd"], buyer.get_balance()["balanceUsd"]) == ("0.00", "26.00")
    refused = run_admin(shop, "refund", purchase["id"], *REASON_OPTION, code=1)
    assert "0.00" in refused.output


@pytest.mark.promise("sales: currencies")
@pytest.mark.parametrize(
    ("currency", "amounts"),
    [
        ("eur", ["23.00", "0.00", "23.00", "4.37", "27.37", "eur"]),
        ("jpy", ["3800", "0", "3800", "722", "4522", "jpy"]),
    ],
)
def test_a_package_is_paid_in_a_currency_and_brings_its_dollars(
    buyer: Client, bank: StripeStandIn, currency: str, amounts: list[str]
) -> None:
    opened, purchase = buy(buyer, bank, currency, address=GERMANY)
    assert (opened["currency"], opened["price"]) == (currency, amounts[0])
    assert get_amounts(purchase) == amounts
    assert purchase["priceUsd"] == "25.00", "the package's own rate"
    assert buyer.get_balance()["balanceUsd"] == "26.00"


def test_purchases_are_listed_for_bookkeeping_as_csv(buyer: Client, bank: StripeStandIn) -> None:
    _, purchase = buy(buyer, bank, "eur", address=GERMANY, name="=Ann")
    answer = buyer.http.get("/api/v1/purchases", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(answer.text.splitlines())
    assert [row[name] for name in ("currency", "net", "tax", "total", "country")] == [
        "eur", "23.00", "4.37", "27.37", "DE",
    ]  # fmt: skip
    assert (row["id"], row["taxUsd"]) == (purchase["id"], purchase["taxUsd"])
    assert row["buyerName"] == "'=Ann", "no formula for a spreadsheet"


def test_packages_name_their_prices_and_their_tax(buyer: Client) -> None:
    shown = buyer.http.get("/api/v1/packages?mode=test").json()
    assert shown["tax"] == {"name": "VAT", "included": False, "percent": None}
    prices = [(each["currency"], each["price"]) for each in shown["packages"][0]["prices"]]
    assert prices == [("usd", "25.00"), ("eur", "23.00"), ("jpy", "3800")]
    body = {"packageCode": "studio_2500", "currency": "gbp"}
    refused = buyer.http.post("/api/v1/checkout/stripe", json=body)
    problem = assert_problem(refused, 422, "unknown_package")
    assert "usd, eur, jpy" in problem["hint"]


@pytest.mark.promise("sales: refunds-in-parts")
def test_refunds_in_parts_take_all_credit_and_correct_the_invoice(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened, purchase = buy(buyer, bank, "eur", address=GERMANY)
    words = ("refund", purchase["id"], "--json", *REASON_OPTION)
    part = json.loads(run_admin(shop, *words, "--amount", "9.99").stdout)
    assert (part["amount"], part["currency"]) == ("9.99", "eur")
    run_admin(shop, *words, "--amount", "17.39", code=1)
    assert buyer.get_balance()["balanceUsd"] != "0.00"
    run_admin(shop, *words)
    assert buyer.get_balance()["balanceUsd"] == "0.00"
    session = bank.get_object(f"/v1/checkout/sessions/{opened['sessionId']}")
    invoice = bank.get_object(f"/v1/invoices/{session['invoice']}")
    assert invoice["post_payment_credit_notes_amount"] == invoice["total"] == 2_737
    notes = bank.get_object(f"/v1/credit_notes?invoice={invoice['id']}")["data"]
    assert sorted(each["amount"] for each in notes) == [999, 1_738]
    receipt = buyer.http.get(f"/api/v1/purchases/receipt?purchaseId={purchase['id']}").json()
    assert [each["amount"] for each in receipt["refunds"]] == ["9.99", "17.38"]
    run_admin(shop, "check")


def test_a_credit_note_that_failed_is_made_by_the_comparison(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened, purchase = buy(buyer, bank, address=GERMANY)
    invoice = bank.get_object(f"/v1/checkout/sessions/{opened['sessionId']}")["invoice"]
    name_invoice(shop, purchase["id"], "in_none")
    run_admin(shop, "refund", purchase["id"], *REASON_OPTION)
    assert buyer.get_balance()["balanceUsd"] == "0.00", "no refund waits for its note"
    name_invoice(shop, purchase["id"], invoice)
    words = ("reconcile", "--provider", "stripe", "--mode", "test", "--apply")
    for _ in range(2):
        run_admin(shop, *words, *REASON_OPTION)
        notes = bank.get_object(f"/v1/credit_notes?invoice={invoice}")["data"]
        assert [each["amount"] for each in notes] == [2_975]


def test_a_credit_note_whose_answer_was_lost_is_found_after_the_day_of_its_key(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    _, purchase = buy(buyer, bank, address=GERMANY)
    run_admin(shop, "refund", purchase["id"], *REASON_OPTION, "--amount", "9.75")
    bank.call_control("forget_keys")
    change_books(
        shop,
        "UPDATE reversal SET credit_note = 'wanted' WHERE purchase_id = ?",
        (purchase["id"],),
    )
    words = ("reconcile", "--provider", "stripe", "--mode", "test", "--apply")
    run_admin(shop, *words, *REASON_OPTION)
    (note,) = [each for each in list_notes(bank) if each["amount"] == 975]
    assert find_credit_notes(shop, purchase["id"]) == [note["id"]]


def test_an_invoice_that_was_named_late_gets_its_credit_note(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened, purchase = buy(buyer, bank, address=GERMANY)
    name_invoice(shop, purchase["id"], None)
    run_admin(shop, "refund", purchase["id"], *REASON_OPTION)
    invoice = bank.get_object(f"/v1/checkout/sessions/{opened['sessionId']}")["invoice"]
    (note,) = [each for each in list_notes(bank) if each["invoice"] == invoice]
    assert find_credit_notes(shop, purchase["id"]) == [note["id"]]
    run_admin(shop, "check")


def list_notes(bank: StripeStandIn) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = bank.get_object("/v1/credit_notes?limit=100")["data"]
    return notes


def find_credit_notes(shop: Gateway, purchase_id: str) -> list[str]:
    with closing(sqlite3.connect(shop.data_dir / "kt.db")) as books:
        rows = books.execute(
            "SELECT credit_note FROM reversal WHERE purchase_id = ?", (purchase_id,)
        )
        return [note for (note,) in rows]


def test_a_refund_by_hand_never_takes_over_one_that_is_under_way(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    _, purchase = buy(buyer, bank, address=GERMANY)
    words = ("refund", purchase["id"], *REASON_OPTION)
    bank.call_control("fail", calls=20, status=503)
    run_admin(shop, *words, code=1)
    bank.call_control("fail")
    refused = run_admin(shop, *words, "--external", "by hand", code=1)
    assert "under way" in refused.output
    run_admin(shop, *words)
    assert buyer.get_balance()["balanceUsd"] == "0.00"
    run_admin(shop, "check")


def test_a_receipt_goes_to_the_address_of_its_checkout_and_shows_refunds_with_tax(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    for email in ("old@example.com", "new@example.com"):
        opened = open_checkout(buyer, email=email)
        bank.call_control("pay", session=opened["sessionId"], address=GERMANY)
        claimed = claim_checkout(buyer, opened).json()
    run_admin(shop, "refund", claimed["purchaseId"], *REASON_OPTION, "--amount", "11.90")
    query = f"/api/v1/purchases/receipt?purchaseId={claimed['purchaseId']}"
    receipt = buyer.http.get(query).json()
    assert receipt["buyerEmail"] == "new@example.com"
    (refund,) = receipt["refunds"]
    assert (refund["amount"], refund["amountUsd"]) == ("11.90", "11.90")


def test_a_refund_in_the_dashboard_takes_the_credit_too(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    opened, _ = buy(buyer, bank, "eur", address=GERMANY)
    session = bank.get_object(f"/v1/checkout/sessions/{opened['sessionId']}")
    call_stripe(
        bank, "/v1/credit_notes", invoice=session["invoice"], amount="2737", refund_amount="2737"
    )
    words = ("reconcile", "--provider", "stripe", "--mode", "test", "--json")
    report = json.loads(run_admin(shop, *words, code=1).stdout)
    (line,) = report["differences"]
    assert (line["currency"], line["provider"], line["books"]) == ("eur", "27.37", "0.00")
    run_admin(shop, *words, "--apply", *REASON_OPTION, code=1)
    assert buyer.get_balance()["balanceUsd"] == "0.00"
    report = json.loads(run_admin(shop, *words).stdout)
    assert all(each["provider"] == each["books"] for each in report["otherCurrencies"])
    assert report["providerUsd"] == report["booksUsd"]
    run_admin(shop, "check")


@pytest.mark.promise("sales: exact-match")
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount_total": 2_500}, "tax behavior"),
        ({"amount_total": 2_974}, "sum"),
        ({"amount_subtotal": 2_499}, "amount"),
        ({"currency": "eur"}, "currency"),
        ({"total_details": {"amount_discount": 1, "amount_tax": 475, "_breakdown": {}}}, "sum"),
    ],
)
def test_a_session_that_does_not_add_up_is_never_credited(
    buyer: Client, bank: StripeStandIn, changes: dict[str, Any], reason: str, shop: Gateway
) -> None:
    opened = open_checkout(buyer)
    bank.call_control("pay", session=opened["sessionId"], address=GERMANY)
    bank.call_control("alter", kind="session", id=opened["sessionId"], **changes)
    assert claim_checkout(buyer, opened).json()["state"] == "review"
    assert buyer.get_balance()["balanceUsd"] == "0.00"
    listed = json.loads(run_admin(shop, "payments", "list", "--json").stdout)
    found = [each for each in listed if each["checkoutId"] == opened["checkoutId"]]
    assert reason in found[0]["because"]
