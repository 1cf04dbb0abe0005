"""Invoices through the front door: bought, listed, read and downloaded, by their account only."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pypdf
import pytest

from tests.fakes.stripe.client import StripeStandIn
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.gateway import Client, Gateway, assert_problem, serve_gateway

INVOICES, DOCUMENT, PDF = (f"/api/v1/invoices{path}" for path in ("", "/document", "/pdf"))


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(
        tmp_path_factory.mktemp("shop") / "data",
        KT_SELLER="Killa Tamata GmbH",
        KT_SELLER_ADDRESS="Lindenstraße 1; 10969 Berlin; Germany",
        KT_SELLER_TAX_ID="DE123456789",
        KT_INVOICE_PREFIX="KILLA",
        KT_INVOICE_NOTE="VAT is not charged, under § 19 UStG.",
        **bank.settings,
    ) as one:
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def buy(buyer: Client, bank: StripeStandIn) -> dict[str, Any]:
    """Buy a package; return its invoice."""
    opened = open_checkout(buyer)
    bank.http.post(opened["checkoutUrl"])
    assert claim_checkout(buyer, opened).json()["state"] == "credited"
    newest: dict[str, Any] = buyer.http.get(INVOICES).json()["data"][0]
    return newest


def read_pdf(body: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)


@pytest.mark.promise("payments: invoice-pdf")
def test_a_purchase_is_invoiced_to_the_company_of_its_account(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    company = {"name": "Фильмы Łódź 株式会社", "country": "PL", "taxId": "PL5261040828"}
    with shop.browser(buyer.account_id) as person:
        person.put("/api/v1/billing/details", json=company)
        invoice = buy(buyer, bank)
        assert re.fullmatch(r"TEST-KILLA-INV-\d{4}-\d{6}", invoice["number"])
        assert (invoice["net"], invoice["tax"], invoice["total"]) == ("25.00", "0.00", "25.00")
        query = {"invoiceId": invoice["id"]}
        document = buyer.http.get(DOCUMENT, params=query).json()
        assert document["buyer"]["name"] == company["name"]
        assert document["seller"]["address"][0] == "Lindenstraße 1"
        assert document["note"] == "VAT is not charged, under § 19 UStG."
        first, again = (buyer.http.get(PDF, params=query) for _ in range(2))
        assert first.headers["content-type"] == "application/pdf"
        assert first.content == again.content
        text = read_pdf(first.content)
        for words in (invoice["number"], company["name"], "PL5261040828", "USD 25.00", "TEST"):
            assert words in text
        page = person.get("/credits/invoices?mode=test")
        assert invoice["number"] in page.text
        path = f"/credits/invoices/pdf?invoiceId={invoice['id']}&mode=test"
        assert path.replace("&", "&amp;") in page.text
        assert person.get(path).content == first.content
        receipt = person.get(f"/credits/receipt?purchaseId={invoice['purchaseId']}&mode=test")
        assert f"Invoice {invoice['number']}" in receipt.text


@pytest.mark.promise("payments: invoice-private")
def test_the_invoice_of_another_account_is_not_found(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    query = {"invoiceId": buy(buyer, bank)["id"]}
    with shop.account("0") as other, shop.browser(other.account_id) as stranger:
        for path in (DOCUMENT, PDF):
            assert_problem(other.http.get(path, params=query), 404, "not_found")
        assert stranger.get("/credits/invoices/pdf", params=query).status_code == 404
        listed = other.http.get(INVOICES, params={"purchaseId": "pur_1"}).json()
        assert listed == {"data": [], "nextCursor": None}
    with shop.client() as nobody:
        assert nobody.get("/credits/invoices/pdf", params=query).status_code == 303
    wrong = buyer.http.get(PDF, params={"invoiceId": "inv_../../etc/passwd"})
    assert_problem(wrong, 422, "invalid_input")


def test_a_list_is_read_page_by_page(buyer: Client, bank: StripeStandIn) -> None:
    bought = [buy(buyer, bank)["id"] for _ in range(3)]
    page = buyer.http.get(INVOICES, params={"limit": 2}).json()
    rest = buyer.http.get(INVOICES, params={"limit": 2, "cursor": page["nextCursor"]}).json()
    assert [each["id"] for each in (*page["data"], *rest["data"])] == bought[::-1]
    assert rest["nextCursor"] is None


def test_a_refund_is_a_credit_note_beside_the_invoice(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    invoice = buy(buyer, bank)
    words = ("admin", "refund", invoice["purchaseId"], "--amount", "5", "--reason", "asked")
    external = (*words, "--external", "by-hand-1")
    assert shop.run_command(*external).returncode == 0
    query = {"purchaseId": invoice["purchaseId"]}
    note, same = buyer.http.get(INVOICES, params=query).json()["data"]
    assert same == invoice
    assert (note["kind"], note["total"]) == ("credit_note", "5.00")
    assert note["invoiceNumber"] == invoice["number"]
    text = read_pdf(buyer.http.get(PDF, params={"invoiceId": note["id"]}).content)
    assert "Total returned" in text
    assert shop.list_findings() == []


def test_the_tax_adviser_gets_a_table_that_adds_up_and_runs_no_formula(
    shop: Gateway, buyer: Client, bank: StripeStandIn
) -> None:
    evil = {"name": '=HYPERLINK("http://x.test";"Click")', "country": "FR"}
    with shop.browser(buyer.account_id) as person:
        assert person.put("/api/v1/billing/details", json=evil).status_code == 200
    invoice = buy(buyer, bank)
    words = ("admin", "refund", invoice["purchaseId"], "--reason", "asked", "--external", "hand-2")
    assert shop.run_command(*words).returncode == 0
    today = datetime.now(UTC).date().isoformat()
    days = ("--from", today, "--to", today)
    told = shop.run_command("admin", "payments", "export", "--mode", "test", *days)
    assert told.returncode == 0, told.stderr
    rows = [row for row in csv.DictReader(io.StringIO(told.stdout)) if "HYPERLINK" in row["buyer"]]
    sums = [(row["kind"], row["total"]) for row in rows]
    assert sums == [("sale", "25.00"), ("refund", "-25.00")]
    assert rows[0]["buyer"] == f"'{evil['name']}"
    assert (rows[0]["document"], rows[1]["corrects"]) == (invoice["number"], invoice["number"])
    assert (rows[0]["documentId"], rows[0]["country"]) == (invoice["id"], "FR")
    assert rows[1]["document"].startswith("TEST-KILLA-CN-")
    assert [row["seller"] for row in rows] == ["Killa Tamata GmbH"] * 2
    shown = shop.run_command("admin", "invoice", "show", invoice["id"], "--json")
    assert json.loads(shown.stdout)["buyer"]["country"] == "FR"
    listed = shop.run_command("admin", "invoice", "list", "--mode", "test")
    assert invoice["number"] in listed.stdout
