"""Billing details: who invoices are made out to, and where receipts go."""

from collections.abc import Iterator

import pytest

from tests.gateway import Client, Gateway, assert_problem, serve_gateway

DETAILS = "/api/v1/billing/details"
COMPANY = {
    "name": "Müller & Söhne GmbH",
    "line1": "Straße 1",
    "line2": None,
    "postalCode": "10115",
    "city": "Berlin",
    "region": None,
    "country": "DE",
    "taxId": "DE123456789",
    "email": "accounts@example.com",
}
NOTHING = dict.fromkeys(COMPANY)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("billing") / "data") as one:
        yield one


@pytest.fixture
def buyer(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as account:
        yield account


def test_a_person_fills_in_and_clears_the_billing_details(shop: Gateway, buyer: Client) -> None:
    with shop.browser(buyer.account_id) as person:
        assert person.get(DETAILS).json() == NOTHING
        assert person.put(DETAILS, json=COMPANY).json() == COMPANY
        assert buyer.http.get(DETAILS).json() == COMPANY
        assert person.put(DETAILS, json={"name": "Ann"}).json() == NOTHING | {"name": "Ann"}


@pytest.mark.promise("payments: billing-details-by-person")
def test_a_key_reads_the_details_with_the_billing_scope_and_never_changes_them(
    shop: Gateway, buyer: Client
) -> None:
    assert buyer.http.get(DETAILS).status_code == 200
    assert_problem(buyer.http.put(DETAILS, json=COMPANY), 401, "unauthorized")
    with shop.browser(buyer.account_id) as person:
        assert person.get(DETAILS).json() == NOTHING


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Ann\nVAT: 0 %"),
        ("name", "Ann\u202eGmbH"),
        ("name", "A" * 10_000),
        ("name", " "),
        ("city", "\x00"),
        ("line1", "Street\u2028Total 0.00"),
        ("country", "XX"),
        ("country", "de"),
        ("taxId", "=cmd|' /C calc'!A0"),
        ("taxId", "DE 123\n"),
        ("email", "a@b\r\nBcc: x@y"),
    ],
)
def test_details_that_could_rewrite_an_invoice_are_refused(
    shop: Gateway, buyer: Client, field: str, value: str
) -> None:
    with shop.browser(buyer.account_id) as person:
        refused = person.put(DETAILS, json={field: value})
        assert_problem(refused, 422, "invalid_input")
        assert person.get(DETAILS).json() == NOTHING


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(shop: Gateway, buyer: Client) -> None:
    path = "/credits/invoices/details"
    with shop.browser(buyer.account_id) as person:
        wrong = person.post(path, data={"name": "Ann", "taxId": "!!!!", "country": "FR"})
        assert wrong.status_code == 422
        assert 'value="Ann"' in wrong.text
        assert '<option value="FR" selected>France</option>' in wrong.text
        assert "may have letters, digits, spaces, dots, hyphens and slashes" in wrong.text
        saved = person.post(path, data={"name": "Ann", "country": "FR", "line1": ""})
        assert saved.status_code == 303
        assert person.get(DETAILS).json() == NOTHING | {"name": "Ann", "country": "FR"}
        assert 'value="Ann"' in person.get("/credits/invoices").text


def test_no_other_site_changes_them(shop: Gateway, buyer: Client) -> None:
    with shop.browser(buyer.account_id) as person:
        foreign = {"Sec-Fetch-Site": "cross-site"}
        refused = person.put(DETAILS, json=COMPANY, headers=foreign)
        assert refused.status_code == 403
        assert person.get(DETAILS).json() == NOTHING
