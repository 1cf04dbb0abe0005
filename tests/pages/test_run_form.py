"""The form that spends: no stale price is run, and no lost answer or session costs twice."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.fakes.oidc import GOOGLE_CLIENT_ID, GOOGLE_CLIENT_SECRET, serve_issuer
from tests.fault_proxy import FaultProxy
from tests.gateway import Client, Gateway, serve_gateway
from tests.pages.browser import HAS_FOCUS, open_tab
from tests.pages.forms import expect_problem_at_button, sign_in_by_code
from tests.pages.test_forms import LOOKS, drop_network_complaints, open_at_width

pytestmark = pytest.mark.slow

IMAGE = "/playground/image.generate"
RUN = b"decision=run"


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


def run_button(page: Page) -> Locator:
    return page.locator("#run")


def list_jobs(account: Client) -> list[str]:
    listed = account.http.get("/api/v1/media/jobs").json()["data"]
    return [each["jobId"] for each in listed]


def fill_form(page: Page, prompt: str = "a red fox") -> None:
    """Fill in the form, and wait for its price."""
    page.goto(IMAGE)
    page.locator("#f-prompt").fill(prompt)
    page.locator("#f-count").fill("2")
    expect(run_button(page)).to_have_text("Run for $0.04")


def hold_price_request(page: Page, held: list[Route]) -> None:
    """Hold back the next request for a price."""

    def keep(route: Route) -> None:
        held.append(route)

    page.route(f"**{IMAGE}*", keep, times=1)


@LOOKS
def test_a_change_takes_the_price_off_the_button_until_the_new_one_is_there(
    browser: Browser, site: Gateway, account: Client, width: int, theme: str
) -> None:
    held: list[Route] = []
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, **open_at_width(width, theme)) as seen:
        page, run = seen.page, run_button(seen.page)
        page.goto(IMAGE)
        expect(run).to_have_text("Run for $0.04")
        hold_price_request(page, held)
        with page.expect_request(f"**{IMAGE}*"):
            page.locator("#f-count").fill("4")
            expect(run).to_have_attribute("aria-disabled", "true")
            expect(run).to_have_text("Pricing…")
            expect(run).to_have_accessible_description(re.compile("once its price is here"))
            run.focus()
            page.keyboard.press("Enter")
        seen.check_accessibility()
        seen.take_screenshot(f"run-pricing-{width}-{theme}")
        for each in held:
            each.continue_()
        expect(run).to_have_text("Run for $0.08")
        assert run.evaluate(HAS_FOCUS)
        assert list_jobs(account) == []
        assert not seen.complaints


def test_an_old_price_that_comes_late_does_not_open_the_button(
    browser: Browser, site: Gateway, account: Client
) -> None:
    held: list[Route] = []
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page, run = seen.page, run_button(seen.page)
        page.goto(IMAGE)
        hold_price_request(page, held)
        with page.expect_request(f"**{IMAGE}*"):
            page.locator("#f-count").fill("4")
        page.locator("#f-count").fill("3")
        held[0].continue_()
        expect(run).to_have_text(re.compile("Pricing|Run for .0.06"))
        expect(run).to_have_text("Run for $0.06")
        assert not drop_network_complaints(seen)


@LOOKS
def test_a_price_that_does_not_come_is_asked_for_again(
    browser: Browser, site: Gateway, account: Client, width: int, theme: str
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, **open_at_width(width, theme)) as seen:
        page = seen.page
        page.goto(IMAGE)
        page.route(f"**{IMAGE}*", lambda route: route.abort(), times=1)
        prompt = page.locator("#f-prompt")
        prompt.fill("a red fox")
        price = page.locator("#price")
        expect(price).to_contain_text("No price. No answer came.")
        expect(prompt).to_be_focused()
        expect(run_button(page)).to_have_count(0)
        seen.take_screenshot(f"run-unpriced-{width}-{theme}")
        price.get_by_role("button", name="Try again").click()
        expect(run_button(page)).to_have_text("Run for $0.04")
        assert not drop_network_complaints(seen)


@LOOKS
def test_what_is_run_without_a_network_is_run_once_when_it_is_back(
    browser: Browser, site: Gateway, account: Client, width: int, theme: str
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, **open_at_width(width, theme)) as seen:
        page = seen.page
        fill_form(page)
        page.context.set_offline(True)
        run_button(page).click()
        expect_problem_at_button(page, run_button(page), "No connection")
        expect(page.locator("#f-prompt")).to_have_value("a red fox")
        assert list_jobs(account) == []
        seen.take_screenshot(f"run-offline-{width}-{theme}")
        page.context.set_offline(False)
        expect(page.locator("#result").get_by_role("status")).to_be_visible()
        assert len(list_jobs(account)) == 1
        assert not drop_network_complaints(seen)


@pytest.mark.promise("pages: lost-answers")
@pytest.mark.parametrize("reload", [False, True], ids=["again", "after a reload"])
def test_a_run_whose_answer_was_lost_is_not_run_twice(
    browser: Browser, site: Gateway, account: Client, *, reload: bool
) -> None:
    with FaultProxy(site.port) as between:
        base, cookie = (
            f"http://127.0.0.1:{between.port}",
            site.create_session_cookie(account.account_id),
        )
        with open_tab(browser, cookie, base_url=base) as seen:
            page = seen.page
            fill_form(page)
            between.set_fault("half:0", matching=RUN)
            run_button(page).click()
            expect_problem_at_button(page, run_button(page), "No answer came")
            (first,) = list_jobs(account)
            between.heal()
            if reload:
                page.reload()
                expect(page.locator("[data-said] [role=status]")).to_contain_text(
                    "still done only once"
                )
                expect(page.locator("#f-prompt")).to_have_value("a red fox")
                expect(run_button(page)).to_have_text("Run for $0.04")
                seen.take_screenshot("run-reloaded-1280-light")
                run_button(page).click()
            else:
                page.get_by_role("button", name="Try again").click()
            expect(page.locator("#result")).to_contain_text("$0.04")
            assert list_jobs(account) == [first]


@LOOKS
def test_a_stranger_fills_in_the_form_and_finds_it_again_after_signing_in(
    browser: Browser, site: Gateway, width: int, theme: str
) -> None:
    with open_tab(browser, base_url=site.base, **open_at_width(width, theme)) as seen:
        page = seen.page
        page.goto(IMAGE)
        page.locator("#f-prompt").fill("a fox of my own")
        page.locator("#f-count").fill("3")
        seen.check_accessibility()
        seen.take_screenshot(f"run-stranger-{width}-{theme}")
        page.locator("#price").get_by_role("link", name="Sign in").click()
        assert "fox" not in page.url
        sign_in_by_code(page, site, f"stranger-{width}@example.com")
        expect(page.locator("#f-prompt")).to_have_value("a fox of my own")
        expect(page.locator("#f-count")).to_have_value("3")
        expect(page.locator("[data-said] [role=status]")).to_be_focused()
        expect(page.locator("#price")).to_contain_text("$0.06")
        seen.take_screenshot(f"run-back-{width}-{theme}")
        assert not seen.complaints


def test_rows_that_were_added_are_there_again_after_signing_in(
    browser: Browser, site: Gateway
) -> None:
    with open_tab(browser, base_url=site.base) as seen:
        page = seen.page
        page.goto("/playground/video.combine")
        page.get_by_role("button", name="Add a clip").click()
        page.get_by_label("Clip 3", exact=True).fill("https://example.com/last.mp4")
        page.locator("#price").get_by_role("link", name="Sign in").click()
        sign_in_by_code(page, site, "rows@example.com")
        last = page.get_by_label("Clip 3", exact=True)
        expect(last).to_have_value("https://example.com/last.mp4")
        assert not seen.complaints


def test_a_sign_in_with_google_comes_back_to_the_filled_form(
    browser: Browser, tmp_path: Path
) -> None:
    with serve_issuer() as google:
        settings = {
            "KT_GOOGLE_ISSUER": google.url,
            "KT_GOOGLE_CLIENT_IDS": GOOGLE_CLIENT_ID,
            "KT_GOOGLE_CLIENT_SECRET": GOOGLE_CLIENT_SECRET,
        }
        with (
            serve_gateway(tmp_path / "data", **settings) as site,
            open_tab(browser, base_url=site.base) as seen,
        ):
            page = seen.page
            page.goto(IMAGE)
            page.locator("#f-prompt").fill("a fox of my own")
            page.locator("#price").get_by_role("link", name="Sign in").click()
            page.get_by_role("link", name="Sign in with Google").click()
            expect(page.locator("#f-prompt")).to_have_value("a fox of my own")
            expect(run_button(page)).to_have_text("Run for $0.04")
            assert not seen.complaints


@pytest.mark.promise("pages: kept-forms")
@LOOKS
def test_a_session_that_ended_leads_to_sign_in_and_back_to_the_filled_form(
    browser: Browser, site: Gateway, account: Client, width: int, theme: str
) -> None:
    email = f"ended-{width}@example.com"
    site.add_address(account.account_id, email)
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, **open_at_width(width, theme)) as seen:
        page = seen.page
        fill_form(page)
        with site.client(cookie=cookie, **{"Sec-Fetch-Site": "same-origin"}) as other:
            assert other.post("/logout").status_code == 303
        run_button(page).click()
        expect_problem_at_button(page, run_button(page), "You are signed out")
        seen.check_accessibility()
        seen.take_screenshot(f"run-signed-out-{width}-{theme}")
        page.get_by_role("alert").get_by_role("link", name="Sign in").click()
        sign_in_by_code(page, site, email)
        expect(page.locator("#f-prompt")).to_have_value("a red fox")
        expect(run_button(page)).to_have_text("Run for $0.04")
        run_button(page).click()
        expect(page.locator("#result").get_by_role("status")).to_be_visible()
        assert len(list_jobs(account)) == 1
        assert not seen.complaints


def test_without_a_script_the_form_waits_while_one_signs_in_beside_it(
    browser: Browser, site: Gateway, account: Client
) -> None:
    email, cookie = "beside@example.com", site.create_session_cookie(account.account_id)
    site.add_address(account.account_id, email)
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=False) as seen:
        page = seen.page
        page.goto(IMAGE)
        with site.client(cookie=cookie, **{"Sec-Fetch-Site": "same-origin"}) as other:
            assert other.post("/logout").status_code == 303
        page.get_by_role("button", name=re.compile("Run for")).click()
        expect(page.get_by_role("alert")).to_contain_text("You are signed out")
        with page.context.expect_page() as beside:
            page.get_by_role("main").get_by_role("link", name="Sign in").click()
        sign_in_by_code(beside.value, site, email)
        page.get_by_role("button", name="Send it now").click()
        expect(page).to_have_url(re.compile("/jobs/job_"))
        assert len(list_jobs(account)) == 1
