"""Many tabs of one browser follow a job through one event stream."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from gateway.media.jobs.event_streams import MOST_STREAMS
from tests.gateway import Client, Gateway, picture_input
from tests.pages.browser import WatchedPage, open_tab

pytestmark = pytest.mark.slow

LINGER_SECONDS = 45  # a hidden tab keeps the stream for 30
MANY_TABS = 30
TABS = 7  # one more than a browser has connections to a site
EVENTS = "/api/v1/media/jobs/events"
HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account() as one:
        yield one


@pytest.fixture
def seen(browser: Browser, site: Gateway, account: Client) -> Iterator[WatchedPage]:
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as one:
        yield one
        assert not one.complaints


@pytest.fixture
def streams(seen: WatchedPage) -> Counter[str]:
    """Count the event streams that the browser has open now, by path."""
    found: Counter[str] = Counter()

    def count(request: Request, change: int) -> None:
        if request.url.partition("?")[0].endswith("/events"):
            found["open"] += change

    seen.page.context.on("request", lambda request: count(request, 1))
    for over in ("requestfinished", "requestfailed"):
        seen.page.context.on(over, lambda request: count(request, -1))
    return found


def open_tabs(seen: WatchedPage, path: str) -> list[Page]:
    pages = [seen.page, *(seen.page.context.new_page() for _ in range(TABS - 1))]
    for page in pages:
        page.goto(path, wait_until="load", timeout=15_000)
    return pages


def more_streams(account: Client) -> int:
    """Count the further streams that the server lets the account open, and close them."""
    with ExitStack() as stack:
        for number in range(MOST_STREAMS + 1):
            answer = stack.enter_context(account.http.stream("GET", EVENTS))
            if answer.status_code == 429:
                return number
    raise AssertionError("there is no limit")


def wait_for_streams(page: Page, streams: Counter[str], count: int, seconds: int = 5) -> None:
    for _ in range(20 * seconds):
        if streams["open"] == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{streams} instead of {count}")


@pytest.mark.promise("pages: one-stream")
def test_seven_tabs_follow_a_job_by_one_stream_and_an_eighth_page_loads_at_once(
    seen: WatchedPage, account: Client, streams: Counter[str]
) -> None:
    job_id = account.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
    account.wait_for_status(job_id, "running")
    pages = open_tabs(seen, f"/jobs/{job_id}")
    for page in pages:
        moved = page.get_by_role("progressbar").and_(page.locator("[value]:not([value='0'])"))
        expect(moved).to_be_visible(timeout=20_000)
    assert streams["open"] == 1
    assert more_streams(account) == MOST_STREAMS - 1
    eighth = seen.page.context.new_page()
    assert eighth.goto("/jobs", wait_until="load", timeout=5_000)
    account.cancel_job(job_id)
    for page in pages:
        expect(page.get_by_role("status").first).to_have_text("Canceled", timeout=20_000)
    wait_for_streams(seen.page, streams, 0)


@pytest.mark.promise("pages: one-stream")
def test_a_stream_goes_to_a_tab_that_is_seen_and_ends_where_none_is(
    seen: WatchedPage, account: Client, streams: Counter[str]
) -> None:
    job_id = account.submit("image.generate", picture_input("[sandbox:slow=600]")).json()["jobId"]
    account.wait_for_status(job_id, "running")
    first, second, third = open_tabs(seen, "/jobs")[:3]
    wait_for_streams(first, streams, 1)
    hide_tabs([page for page in seen.page.context.pages if page not in (second, third)])
    wait_for_streams(first, streams, 1)
    hide_tabs([second])
    wait_for_streams(first, streams, 1)
    hide_tabs([third])
    assert streams["open"] == 1
    wait_for_streams(first, streams, 0, LINGER_SECONDS)
    account.cancel_job(job_id)
    hide_tabs([first], hidden=False)
    expect(first.locator("job-live")).to_have_count(0, timeout=20_000)
    expect(third.locator("job-live")).to_have_count(0, timeout=20_000)


@pytest.mark.promise("pages: one-stream")
def test_a_tab_that_comes_later_hears_which_jobs_are_open(
    seen: WatchedPage, account: Client, streams: Counter[str]
) -> None:
    ended, still = (
        account.submit("image.generate", picture_input("[sandbox:slow=600]")).json()["jobId"]
        for _ in range(2)
    )
    account.wait_for_status(still, "running")
    held: list[Route] = []
    late = seen.page.context.new_page()
    late.route(re.compile("job-live.*js"), lambda route: held.append(route))  # noqa: PLW0108 - the library sets attributes on it
    late.goto("/jobs", wait_until="commit")
    expect(late.locator("job-live")).to_have_count(2)
    account.cancel_job(ended)
    account.wait_for_job(ended)
    seen.page.goto("/jobs", wait_until="load")
    wait_for_streams(seen.page, streams, 1)
    expect(seen.page.locator("job-live")).to_have_count(1)
    for route in held:
        route.continue_()
    expect(late.locator("job-live")).to_have_count(1, timeout=20_000)
    assert streams["open"] == 1
    account.cancel_job(still)
    expect(late.locator("job-live")).to_have_count(0, timeout=20_000)


@pytest.mark.promise("pages: one-stream")
def test_thirty_tabs_have_one_stream_and_each_loads_within_a_second(
    seen: WatchedPage, account: Client, streams: Counter[str]
) -> None:
    job_id = account.submit("image.generate", picture_input("[sandbox:slow=600]")).json()["jobId"]
    account.wait_for_status(job_id, "running")
    pages = [seen.page, *(seen.page.context.new_page() for _ in range(MANY_TABS - 1))]
    for page in pages:
        page.goto("/jobs", wait_until="load", timeout=15_000)
        hide_tabs([each for each in pages if each is not page and each.url != "about:blank"])
        loaded = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        assert loaded < 1_000 or page is seen.page, loaded  # the first one fills the cache
    wait_for_streams(seen.page, streams, 1)
    assert more_streams(account) == MOST_STREAMS - 1
    account.cancel_job(job_id)
    expect(pages[-1].locator("job-live")).to_have_count(0, timeout=20_000)


@pytest.mark.promise("pages: one-stream")
def test_a_page_without_jobs_tells_when_one_is_done_and_counts_it_in_its_title(
    seen: WatchedPage, account: Client, streams: Counter[str]
) -> None:
    job = account.submit("image.generate", picture_input("[sandbox:slow=3]")).json()["jobId"]
    seen.page.goto("/keys", wait_until="load")
    wait_for_streams(seen.page, streams, 1)
    hide_tabs([seen.page])
    toast = seen.page.locator("#toasts .toast")
    expect(toast).to_contain_text("Done.", timeout=20_000)
    expect(toast.get_by_role("link", name="Open")).to_have_attribute("href", re.compile(job))
    expect(seen.page).to_have_title("(1) API keys – Killa Tamata")  # noqa: RUF001 - a dash
    hide_tabs([seen.page], hidden=False)
    expect(seen.page).to_have_title("API keys – Killa Tamata")  # noqa: RUF001 - a dash
    toast.get_by_role("button", name="Close").click()
    expect(toast).to_have_count(0)
    wait_for_streams(seen.page, streams, 0)


@pytest.mark.promise("pages: one-stream")
def test_a_refused_stream_is_replaced_by_a_question_every_five_seconds(
    seen: WatchedPage, account: Client
) -> None:
    job_id = account.submit("image.generate", picture_input("[sandbox:slow=600]")).json()["jobId"]
    account.wait_for_status(job_id, "running")
    seen.page.route("**/jobs/events*", lambda route: route.fulfill(status=429, body=""))
    seen.page.goto(f"/jobs/{job_id}", wait_until="load")
    account.cancel_job(job_id)
    canceled = seen.page.get_by_role("status").first
    expect(canceled).to_have_text("Canceled", timeout=20_000)
    seen.complaints.clear()  # the browser logs the refusal


def hide_tabs(pages: Sequence[Page], *, hidden: bool = True) -> None:
    for page in pages:
        page.evaluate(HIDE, hidden)
