"""Usage and statement in a real browser, on a phone and a wide screen, and on paper."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.fakes.stripe.client import StripeStandIn, serve_stripe
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.flows.money.statement_payments import check_statement_payments
from tests.gateway import Client, Gateway, picture_input, serve_gateway
from tests.pages.browser import open_tab

pytestmark = pytest.mark.slow
MONTH = f"{datetime.now(UTC):%Y-%m}"
BUDGETS = "/api/v1/budgets"
COMPANY = {"name": "Filmhaus Łódź GmbH & Co. KG", "country": "PL", "taxId": "PL5261040828"}


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        yield one


@pytest.fixture(scope="module")
def shop(bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(
        tmp_path_factory.mktemp("spending") / "data",
        KT_SELLER="Killa Tamata GmbH",
        KT_TAX="20",
        KT_PUBLIC_PER_MINUTE="100000",
        **bank.settings,
    ) as one:
        yield one


@pytest.fixture(scope="module")
def account(shop: Gateway, bank: StripeStandIn) -> Iterator[Client]:
    """An account that bought twice as a company, spent in every way, and has budgets."""
    with shop.account("0") as one:
        with shop.browser(one.account_id) as person:
            person.put("/api/v1/billing/details", json=COMPANY)
            for _ in range(2):
                opened = open_checkout(one)
                bank.http.post(opened["checkoutUrl"])
                assert claim_checkout(one, opened).json()["state"] == "credited"
            one.run_job("image.generate", picture_input())
            direct = {"amountUsd": "1.25"}
            one.http.post(
                "/api/v1/credits/consume", json=direct, headers={"Idempotency-Key": "direct-1"}
            )
            project = one.http.post("/api/v1/studio/projects", json={"name": "Fox film"}).json()
            (key,) = person.get("/api/v1/keys").json()["data"]
            for body in (
                {"amountUsd": "1"},
                {"amountUsd": "2", "subject": "key", "subjectId": key["id"]},
                {"amountUsd": "9", "subject": "project", "subjectId": project["projectId"]},
            ):
                assert person.put(BUDGETS, json=body).status_code == 200
        yield one


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_usage_and_statement_fit_and_say_what_was_spent(
    browser: Browser, shop: Gateway, account: Client, width: int, scheme: str
) -> None:
    check_statement_payments(account)
    cookie = shop.create_session_cookie(account.account_id)
    size = {"width": width, "height": 900}
    with open_tab(browser, cookie, base_url=shop.base, viewport=size, color_scheme=scheme) as seen:
        seen.show_page("/usage")
        expect(seen.page.get_by_text("Agent and direct", exact=True)).to_be_visible()
        expect(seen.page.get_by_text("$1.25", exact=True)).to_be_visible()
        budgets = seen.page.locator("#budgets")
        expect(budgets.get_by_text("Project Fox film", exact=True)).to_be_visible()
        assert seen.page.locator("#budget-subject optgroup").count() == 2
        seen.check_accessibility()
        seen.take_screenshot(f"usage-{width}-{scheme}")
        seen.show_page(f"/usage/statement/{MONTH}")
        expect(seen.page.get_by_text(COMPANY["name"]).first).to_be_visible()
        expect(seen.page.get_by_text("Killa Tamata GmbH").first).to_be_visible()
        seen.check_accessibility()
        seen.take_screenshot(f"statement-{width}-{scheme}")


def test_a_statement_prints_without_the_controls(
    browser: Browser, shop: Gateway, account: Client
) -> None:
    cookie = shop.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=shop.base) as seen:
        seen.show_page(f"/usage/statement/{MONTH}")
        seen.page.emulate_media(media="print")
        expect(seen.page.get_by_text("Balance at the end")).to_be_visible()
        expect(seen.page.get_by_role("link", name="CSV")).to_be_hidden()
        expect(seen.page.get_by_role("link", name="Usage").last).to_be_hidden()
        seen.take_screenshot("statement-print")
