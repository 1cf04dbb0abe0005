"""Paying in a real browser: by card and in USDC, followed to the credit, also without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.evm.chain import Chain, TokenTransfer
from tests.fakes.evm.serving import serve_facilitator, serve_node
from tests.fakes.stripe.client import StripeStandIn, serve_stripe
from tests.fault_proxy import FaultProxy
from tests.gateway import Client, Gateway, serve_gateway
from tests.pages.browser import WatchedPage, open_tab
from tests.pages.forms import expect_problem_at_button
from tests.payments.wallets import XPUB

pytestmark = pytest.mark.slow

DOLLAR, LONG = 1_000_000, 90_000
CARD = "Pay $6.00 by card: Builder"
BUY = b"POST /credits/buy"
SLOW_3G = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])


@pytest.fixture(scope="module")
def chain() -> Chain:
    return Chain()


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        yield one


@pytest.fixture(scope="module")
def shop(
    chain: Chain, bank: StripeStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    """A gateway with every way to pay."""
    with (
        serve_node(chain) as (url, _),
        serve_facilitator(chain) as (facilitator, _),
        serve_gateway(
            tmp_path_factory.mktemp("paying") / "data",
            KT_TEST_EVM_XPUB=XPUB,
            KT_TEST_EVM_RPC_URL=url,
            KT_EVM_CONFIRMATIONS="2",
            KT_TEST_X402_PAY_TO="0x" + "cd" * 20,
            KT_TEST_X402_FACILITATOR_URL=facilitator,
            KT_PUBLIC_PER_MINUTE="100000",
            **bank.settings,
        ) as one,
    ):
        yield one


@pytest.fixture
def account(shop: Gateway) -> Iterator[Client]:
    with shop.account("0") as one:
        yield one


def press_button(page: Page, name: str) -> None:
    """Press a button by keyboard."""
    page.get_by_role("button", name=name).press("Enter")


@SCRIPT
def test_credit_is_bought_by_card(
    browser: Browser, shop: Gateway, account: Client, *, script: bool
) -> None:
    cookie = shop.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=shop.base, java_script_enabled=script) as seen:
        page = seen.page
        page.goto("/credits")
        seen.check_accessibility()
        press_button(page, "Pay $6.00 by card: Builder")
        page.wait_for_url("**/c/pay/**")
        expect(page.get_by_text("NO REAL MONEY").first).to_be_visible()
        if script:
            wire = page.context.new_cdp_session(page)
            wire.send("Network.emulateNetworkConditions", SLOW_3G)
        page.get_by_role("button", name="Pay", exact=False).first.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Credit added", timeout=LONG)
        expect(page.get_by_role("main")).to_contain_text("$6.00")
        assert account.get_balance()["balanceUsd"] == "6.00"
        assert not seen.complaints


def list_checkout_ids(bank: StripeStandIn) -> list[str]:
    """List the ids of all checkouts at the bank."""
    return [each["id"] for each in bank.get_object("/v1/checkout/sessions?limit=100")["data"]]


@pytest.mark.parametrize("lost", [False, True], ids=["offline", "answer lost"])
def test_a_purchase_whose_answer_does_not_come_is_opened_once(
    browser: Browser, shop: Gateway, bank: StripeStandIn, account: Client, *, lost: bool
) -> None:
    with FaultProxy(shop.port) as between:
        base, cookie = (
            f"http://127.0.0.1:{between.port}",
            shop.create_session_cookie(account.account_id),
        )
        with open_tab(
            browser, cookie, base_url=base, viewport={"width": 390, "height": 700}
        ) as seen:
            page = seen.page
            page.goto("/credits")
            before = len(list_checkout_ids(bank))
            button = page.get_by_role("button", name=CARD)
            if lost:
                between.set_fault("half:0", matching=BUY)
            else:
                page.context.set_offline(True)
            button.click()
            expect_problem_at_button(page, button, "No answer came" if lost else "No connection")
            seen.take_screenshot(f"credits-{'lost' if lost else 'offline'}-390-light")
            between.heal()
            page.context.set_offline(False)
            if lost:
                page.get_by_role("button", name="Try again").click()
            page.wait_for_url("**/c/pay/**")
            assert len(list_checkout_ids(bank)) == before + 1


@SCRIPT
def test_a_bank_that_is_away_is_said_at_the_button(
    browser: Browser, shop: Gateway, bank: StripeStandIn, account: Client, *, script: bool
) -> None:
    cookie = shop.create_session_cookie(account.account_id)
    options = {"base_url": shop.base, "java_script_enabled": script}
    with open_tab(browser, cookie, **options, viewport={"width": 390, "height": 700}) as seen:
        page = seen.page
        page.goto("/credits")
        bank.call_control("fail", calls=99)
        try:
            button = page.get_by_role("button", name=CARD)
            button.click()
            expect_problem_at_button(page, button, "nothing is bought twice")
        finally:
            bank.call_control("fail", calls=0)
        expect(page.get_by_role("heading", level=1)).to_have_text("Credits")
        seen.take_screenshot(f"credits-away-390-{'script' if script else 'plain'}")


def open_usdc_checkout(page: Page) -> str:
    """Open a checkout in USDC; return the address to pay to."""
    page.goto("/credits")
    press_button(page, "Pay $25.00 in USDC: Studio")
    expect(page.locator("#pay-address")).to_be_visible()
    return page.locator("#pay-address").inner_text().strip().lower()


@SCRIPT
def test_a_payment_in_usdc_is_followed_to_its_credit(
    browser: Browser, shop: Gateway, account: Client, chain: Chain, *, script: bool
) -> None:
    cookie = shop.create_session_cookie(account.account_id)
    options = {"base_url": shop.base, "java_script_enabled": script}
    with open_tab(browser, cookie, **options, viewport={"width": 320, "height": 800}) as seen:
        page = seen.page
        address = open_usdc_checkout(page)
        check_page(seen, "open", script=script)
        chain.send_transfers(TokenTransfer(address, 25 * DOLLAR))
        chain.mine()
        state = page.locator("#usdc-state")
        expect(state).to_contain_text("1 of 2 confirmations", timeout=LONG)
        check_page(seen, "seen", script=script)
        chain.mine()
        expect(state).to_contain_text("$25.00 of credit and a bonus of $1.00", timeout=LONG)
        expect(page.locator("#pay-address")).to_have_count(0)
        check_page(seen, "credited", script=script)
        assert not seen.complaints


def check_page(seen: WatchedPage, state: str, *, script: bool) -> None:
    """Check a state of the page, with axe if scripts run."""
    if script:
        seen.check_accessibility()
        seen.take_screenshot(f"usdc-{state}-320-light")
        seen.page.set_viewport_size({"width": 1280, "height": 900})
        seen.take_screenshot(f"usdc-{state}-1280-light")
        seen.page.set_viewport_size({"width": 320, "height": 800})


def test_what_one_reads_stays_while_the_page_looks_again(
    browser: Browser, shop: Gateway, account: Client, chain: Chain
) -> None:
    cookie = shop.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=shop.base) as seen:
        page = seen.page
        chain.send_transfers(TokenTransfer(open_usdc_checkout(page), 5 * DOLLAR))
        chain.mine()
        expect(page.locator("#usdc-state")).to_contain_text("$20.00 is missing", timeout=LONG)
        page.evaluate("document.querySelector('#usdc-state table').dataset.kept = 'yes'")
        chain.mine()
        expect(page.locator("#usdc-state")).to_contain_text("credited", timeout=LONG)
        assert page.locator("#usdc-state table[data-kept]").count() == 1


@pytest.mark.parametrize("width", [1280, 390])
def test_auto_top_up_is_turned_on_at_the_card_page_and_off_again(
    browser: Browser, shop: Gateway, account: Client, width: int
) -> None:
    cookie = shop.create_session_cookie(account.account_id)
    size = {"width": width, "height": 900}
    with open_tab(browser, cookie, base_url=shop.base, viewport=size) as seen:
        page = seen.page
        page.goto("/credits")
        seen.check_accessibility()
        page.get_by_label("At most this much a month").fill("20")
        seen.take_screenshot(f"top-up-off-{width}")
        press_button(page, "Save a card and turn on")
        press_button(page, "Save the card")
        expect(page.get_by_role("main")).to_contain_text("at most $20.00 a month", timeout=LONG)
        seen.check_accessibility()
        while not page.get_by_role("cell", name="Credited").count():
            page.wait_for_timeout(500)
            page.reload()
        seen.take_screenshot(f"top-up-on-{width}")
        assert account.get_balance()["balanceUsd"] == "6.00"
        press_button(page, "Turn off and remove the card")
        expect(page.get_by_role("button", name="Save a card and turn on")).to_be_visible()
        assert not seen.complaints
