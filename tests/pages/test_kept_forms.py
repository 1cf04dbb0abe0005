"""A kept form belongs to one account and one use: no other person finds, sends or pays it."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.flows.plan_calls import plan_step, prepare_plan, read_plan
from tests.gateway import Client, Gateway, picture_input
from tests.pages.browser import open_tab
from tests.pages.forms import expect_problem_at_button, sign_in_by_code
from tests.pages.test_forms import drop_network_complaints
from tests.pages.test_run_form import IMAGE, fill_form, list_jobs, run_button

pytestmark = pytest.mark.slow

KEPT = "[data-said] [role=status]"
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


@pytest.fixture
def other(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


def switch_account(page: Page, site: Gateway, account: Client) -> None:
    """Sign in as another account in another tab of the same browser."""
    name, _, value = site.create_session_cookie(account.account_id).partition("=")
    page.context.add_cookies([{"name": name, "value": value, "url": site.base}])


def sign_out_elsewhere(site: Gateway, cookie: str) -> None:
    with site.client(cookie=cookie, **OWN) as http:
        assert http.post("/logout").status_code == 303


def test_a_run_that_waited_for_the_network_is_done_for_nobody_else(
    browser: Browser, site: Gateway, account: Client, other: Client
) -> None:
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        fill_form(page)
        page.context.set_offline(True)
        run_button(page).click()
        expect_problem_at_button(page, run_button(page), "No connection")
        switch_account(page, site, other)
        page.context.set_offline(False)
        expect(page.get_by_role("alert").filter(has_text="another account")).to_be_visible()
        assert list_jobs(other) == list_jobs(account) == []
        switch_account(page, site, account)
        run_button(page).click()
        expect(page.locator("#result").get_by_role("status")).to_be_visible()
        assert len(list_jobs(account)) == 1
        assert not drop_network_complaints(seen)


def test_a_run_that_waited_for_long_is_sent_only_by_a_press(
    browser: Browser, site: Gateway, account: Client
) -> None:
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        fill_form(page)
        page.context.set_offline(True)
        run_button(page).click()
        expect_problem_at_button(page, run_button(page), "within 5 minutes")
        page.evaluate("later => { Date.now = () => later; }", arg=4_000_000_000_000)
        runs: list[str] = []
        page.on("request", lambda each: runs.append(each.post_data or ""))
        page.context.set_offline(False)
        page.evaluate("new Promise((done) => setTimeout(done, 0))")
        page.get_by_role("button", name="Try again").click()
        expect(page.locator("#result").get_by_role("status")).to_be_visible()
        assert len([each for each in runs if "decision=run" in each]) == 1
        assert len(list_jobs(account)) == 1


def test_the_next_person_on_a_tab_finds_no_form_of_the_last_one(
    browser: Browser, site: Gateway, account: Client, other: Client
) -> None:
    site.add_address(other.account_id, "next@example.com")
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        page = seen.page
        fill_form(page, "a fox of my own")
        sign_out_elsewhere(site, cookie)
        run_button(page).click()
        page.get_by_role("alert").get_by_role("link", name="Sign in").click()
        sign_in_by_code(page, site, "next@example.com")
        expect(run_button(page)).to_be_visible()
        expect(page.locator("#f-prompt")).not_to_have_value("a fox of my own")
        expect(page.locator(KEPT)).to_have_count(0)
        assert "of my own" not in page.evaluate("JSON.stringify({...sessionStorage})")
        assert not seen.complaints


def test_a_form_that_succeeded_in_the_end_does_not_come_back(
    browser: Browser, site: Gateway, account: Client
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        page = seen.page
        fill_form(page)
        sign_out_elsewhere(site, cookie)
        run_button(page).click()
        expect_problem_at_button(page, run_button(page), "You are signed out")
        switch_account(page, site, account)
        run_button(page).click()
        expect(page.locator("#result").get_by_role("status")).to_be_visible()
        fill_form(page, "a hare")
        expect(page.locator(KEPT)).to_have_count(0)
        run_button(page).click()
        expect(page.locator("#result").get_by_role("status")).to_be_visible()
        assert len(list_jobs(account)) == 2


def test_a_form_that_was_refused_comes_back_under_a_key_of_its_own(
    browser: Browser, site: Gateway, account: Client
) -> None:
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        page = seen.page
        fill_form(page)
        key = page.locator("#run-key").input_value()
        sign_out_elsewhere(site, cookie)
        run_button(page).click()
        expect_problem_at_button(page, run_button(page), "You are signed out")
        switch_account(page, site, account)
        page.goto(IMAGE)
        expect(page.locator(KEPT)).to_be_visible()
        expect(page.locator("#f-prompt")).to_have_value("a red fox")
        assert page.locator("#run-key").input_value() != key


def test_a_code_is_never_kept(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, base_url=site.base) as seen:
        page = seen.page
        page.goto("/login")
        page.get_by_label("E-mail address").fill("codes@example.com")
        page.get_by_role("button", name="Send me a code").click()
        page.get_by_label("Six-digit code").fill("000000")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("Wrong code.")
        assert "000000" not in page.evaluate("JSON.stringify({...sessionStorage})")


def hold_request(page: Page, held: list[Route], url: str) -> None:
    """Hold back the next request to this URL."""

    def keep(route: Route) -> None:
        held.append(route)

    page.route(url, keep, times=1)


def prepare_two_pictures(account: Client) -> dict[str, Any]:
    return prepare_plan(
        account, *(plan_step("image.generate", picture_input(word)) for word in ("one", "two"))
    )


def approval_button(page: Page, amount: str) -> Any:  # noqa: ANN401 - a locator
    return page.get_by_role("button", name=f"Approve {amount}", exact=True)


def test_a_plan_that_comes_back_names_the_amount_of_its_checked_steps(
    browser: Browser, site: Gateway, account: Client
) -> None:
    plan, cookie = prepare_two_pictures(account), site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        page = seen.page
        page.goto(f"/plans/{plan['planId']}")
        page.get_by_role("checkbox", name="Step 2").uncheck()
        expect(approval_button(page, "$0.02")).to_be_visible()
        sign_out_elsewhere(site, cookie)
        approval_button(page, "$0.02").click()
        expect(page.get_by_role("alert")).to_contain_text("You are signed out")
        switch_account(page, site, account)
        page.reload()
        expect(approval_button(page, "$0.02")).to_be_visible()
        expect(page.get_by_role("checkbox", name="Step 2")).not_to_be_checked()


def test_a_plan_is_not_approved_at_a_price_that_is_still_to_come(
    browser: Browser, site: Gateway, account: Client
) -> None:
    held: list[Route] = []
    plan = prepare_two_pictures(account)
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        page.goto(f"/plans/{plan['planId']}")
        hold_request(page, held, "**/plans/*")
        with page.expect_request("**/plans/*"):
            page.get_by_role("checkbox", name="Step 2").uncheck()
        approval_button(page, "$0.04").click()
        expect(page.get_by_role("alert")).to_contain_text("The checked steps cost $0.02 now.")
        expect(page.get_by_role("alert")).to_be_in_viewport()
        assert read_plan(account, plan)["state"] == "pending"
        seen.check_accessibility()
        for each in held:
            each.abort()
        approval_button(page, "$0.02").click()
        expect(page.get_by_role("heading", name="Plan approved")).to_be_visible()
        assert read_plan(account, plan)["approvedUsd"] == "0.02"
        assert not seen.complaints


def test_a_slow_answer_shows_that_the_form_is_on_its_way(
    browser: Browser, site: Gateway, account: Client
) -> None:
    held: list[Route] = []
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        page.goto("/library")
        page.get_by_label("Name of the new project").fill("The hatch")
        hold_request(page, held, "**/library?*")
        button = page.get_by_role("button", name="Create a project")
        button.click()
        expect(page.locator("main form[aria-busy=true]")).to_have_count(1)
        expect(button).to_have_css("cursor", "progress")
        button.click()
        (only,) = held
        only.continue_()
        expect(page.get_by_role("heading", name="The hatch")).to_be_visible()


def test_a_key_form_in_a_dialog_is_there_again_after_a_fresh_sign_in(
    browser: Browser, site: Gateway, account: Client
) -> None:
    site.add_address(account.account_id, "fresh@example.com")
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        page.goto("/keys")
        page.get_by_role("link", name="New key").click()
        page.get_by_label("Name", exact=True).fill("my agent")
        page.locator("#ask-body form").evaluate(
            "form => form.insertAdjacentElement('beforeend', Object.assign("
            "document.createElement('a'), {href: '/login?again=1&returnPath=%2Fkeys',"
            " textContent: 'Sign in again'}))"
        )
        page.get_by_role("link", name="Sign in again").click()
        sign_in_by_code(page, site, "fresh@example.com")
        page.get_by_role("link", name="New key").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value("my agent")
        expect(page.locator(KEPT)).to_be_focused()


def test_a_form_whose_answer_leads_to_a_fresh_sign_in_is_there_again(
    browser: Browser, site: Gateway, account: Client
) -> None:
    site.add_address(account.account_id, "led@example.com")
    leads = {"HX-Redirect": "/login?again=1&returnPath=%2Fstudio", "X-Request-Id": "rid_test"}
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        page.goto("/library")
        page.get_by_label("Name of the new project").fill("The hatch")
        page.route("**/library?*", lambda route: route.fulfill(headers=leads), times=1)
        page.get_by_role("button", name="Create a project").click()
        sign_in_by_code(page, site, "led@example.com")
        expect(page.get_by_label("Name of the new project")).to_have_value("The hatch")
        expect(page.locator(KEPT)).to_be_focused()
