"""Create in a real browser: from a prompt to a picture, by touch, mouse and keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.fault_proxy import FaultProxy
from tests.gateway import Client, Gateway, draw_picture, picture_input
from tests.pages.browser import HAS_FOCUS, open_tab
from tests.pages.forms import expect_problem_at_button, sign_in_by_code
from tests.pages.test_forms import drop_network_complaints
from tests.pages.test_matrix import THEMES

pytestmark = pytest.mark.slow

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
LOOKS = pytest.mark.parametrize("look", [PHONE, DESKTOP], ids=["phone", "desktop"])
JOB_MS, PRICE_MS = 60_000, 20_000
TILES = 48
OWN_SCRIPT_BYTES, SLOTS_BYTES, SCRIPT_BYTES, TILES_BYTES = 30_000, 3_500, 70_000, 70_000


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


@pytest.fixture(scope="module")
def maker(site: Gateway) -> Iterator[Client]:
    """An account with three pages of results, a failed job, and a film."""
    with site.account("50") as one:
        shapes = ((256, 256), (448, 256), (256, 448), (384, 256))
        fields = [{"count": 4, "width": width, "height": height} for width, height in shapes]
        jobs = [
            one.submit("image.generate", picture_input(f"a fox {n}", **fields[n % 4])).json()[
                "jobId"
            ]
            for n in range(26)
        ]
        for job in jobs:
            one.wait_for_job(job)
        one.run_job("video.generate", picture_input("a walk", durationFrames=25))
        one.run_job("image.generate", picture_input("[sandbox:reject]"))
        yield one


def open_create(browser: Browser, site: Gateway, account: Client, **options: Any) -> Any:  # noqa: ANN401
    cookie = site.create_session_cookie(account.account_id)
    return open_tab(browser, cookie, base_url=site.base, **options)


def make_button(page: Page) -> Locator:
    return page.locator("#run")


def hold_request(page: Page, held: list[Route]) -> None:
    """Hold back the next request for a price."""

    def keep(route: Route) -> None:
        held.append(route)

    page.route("**/create?*", keep, times=1)


def list_jobs(account: Client) -> list[str]:
    return [each["jobId"] for each in account.http.get("/api/v1/media/jobs").json()["data"]]


def press(look: dict[str, Any], wanted: Locator) -> None:
    """Press as people do at this size, by a tap or a click, a button that is not ready too."""
    (wanted.tap if look is PHONE else wanted.click)(force=True)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_new_person_makes_a_picture_with_two_taps(
    browser: Browser, site: Gateway, account: Client, *, script: bool
) -> None:
    with open_create(browser, site, account, **PHONE, java_script_enabled=script) as seen:
        page = seen.page
        page.goto("/create")
        expect(page.get_by_text("Runs free in test mode")).to_be_visible()
        page.get_by_role("link", name=re.compile("lighthouse")).tap()
        button = page.get_by_role("button", name="Make for $0.02")
        button.tap()
        picture = page.locator("#tiles .tile img").last
        expect(picture).to_be_visible(timeout=JOB_MS)
        assert "lighthouse" in (picture.get_attribute("alt") or "")
        assert len(list_jobs(account)) == 1
        assert not seen.complaints


@LOOKS
def test_a_press_before_the_price_waits_and_runs_nothing(
    browser: Browser, site: Gateway, account: Client, look: dict[str, Any]
) -> None:
    held: list[Route] = []
    with open_create(browser, site, account, **look) as seen:
        page, run = seen.page, make_button(seen.page)
        page.goto("/create")
        hold_request(page, held)
        with page.expect_request("**/create?*"):
            page.locator("#f-prompt").fill("a fox")
            expect(run).to_have_text("Pricing…", timeout=PRICE_MS)
            press(look, run)
        page.locator("#f-prompt").press("Control+Enter")
        assert list_jobs(account) == []
        held[0].continue_()
        expect(run).to_have_text("Make for $0.02", timeout=PRICE_MS)
        page.locator("#f-prompt").press("Enter")
        expect(run).to_have_text("Make for $0.02", timeout=PRICE_MS)
        assert list_jobs(account) == []
        page.locator("#f-prompt").press("Control+Enter")
        expect(page.locator(".running, #tiles .tile").first).to_be_visible(timeout=JOB_MS)
        assert len(list_jobs(account)) == 1
        assert not seen.complaints


@LOOKS
@pytest.mark.parametrize("prompt", ["a fox", "[sandbox:reject]"], ids=["made", "failed"])
def test_a_job_that_ended_leaves_its_place_at_once_and_the_balance_follows(
    browser: Browser, site: Gateway, account: Client, look: dict[str, Any], prompt: str
) -> None:
    made = prompt == "a fox"
    with open_create(browser, site, account, **look) as seen:
        page = seen.page
        page.goto("/create?task=image.generate")
        sift, balance = page.locator(".sift"), page.locator("#top-balance, #side-balance")
        expect(sift).to_be_hidden()
        page.locator("#f-prompt").fill(prompt)
        expect(make_button(page)).to_have_text("Make for $0.02", timeout=PRICE_MS)
        make_button(page).click()
        ended = page.locator("#tiles .tile img" if made else "#tiles .failed").first
        expect(ended).to_be_visible(timeout=JOB_MS)
        expect(page.locator(".running")).to_have_count(0, timeout=5_000)
        expect(sift).to_be_visible()
        for each in balance.all():
            expect(each).to_have_text("$4.98" if made else "$5.00")
        assert not seen.complaints


@LOOKS
def test_offline_and_pressed_twice_it_is_made_once(
    browser: Browser, site: Gateway, account: Client, look: dict[str, Any]
) -> None:
    with FaultProxy(site.port) as between:
        cookie = site.create_session_cookie(account.account_id)
        base = f"http://127.0.0.1:{between.port}"
        with open_tab(browser, cookie, base_url=base, **look) as seen:
            page, run = seen.page, make_button(seen.page)
            page.goto("/create?task=image.generate&prompt=a+fox")
            expect(run).to_have_text("Make for $0.02", timeout=PRICE_MS)
            between.set_fault("half:0", matching=b"decision=run")
            press(look, run)
            expect_problem_at_button(page, run, "No answer came")
            between.heal()
            press(look, page.get_by_role("button", name="Try again"))
            expect(page.locator(".running, #tiles .tile").first).to_be_visible(timeout=JOB_MS)
            run.dblclick()
            expect(page.locator("#tiles .tile")).to_have_count(2, timeout=JOB_MS)
            expect(page.locator(".running")).to_have_count(0, timeout=JOB_MS)
            assert len(list_jobs(account)) == 2
            assert not drop_network_complaints(seen)


def test_a_price_that_changed_is_said_on_the_button(
    browser: Browser, site: Gateway, account: Client
) -> None:
    with open_create(browser, site, account, **PHONE) as seen:
        page, run = seen.page, make_button(seen.page)
        page.goto("/create?task=image.generate&prompt=a+fox")
        expect(run).to_have_text("Make for $0.02", timeout=PRICE_MS)
        page.evaluate("document.querySelector('[name=count][value=\"4\"]').checked = true")
        run.tap()
        expect(run).to_have_text("Now $0.08 \N{EN DASH} Make for $0.08", timeout=PRICE_MS)
        expect(page.get_by_role("alert")).to_be_in_viewport()
        assert list_jobs(account) == []
        run.tap()
        expect(page.locator("#tiles .tile")).to_have_count(4, timeout=JOB_MS)
        assert not seen.complaints


def test_a_session_that_ended_keeps_the_bar(
    browser: Browser, site: Gateway, account: Client
) -> None:
    site.add_address(account.account_id, "maker@example.com")
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, **PHONE) as seen:
        page, run = seen.page, make_button(seen.page)
        page.goto("/create")
        page.locator("#f-prompt").fill("a fox of my own")
        expect(run).to_have_text("Make for $0.02", timeout=PRICE_MS)
        with site.client(cookie=cookie, **{"Sec-Fetch-Site": "same-origin"}) as other:
            assert other.post("/logout").status_code == 303
        run.tap()
        expect_problem_at_button(page, run, "You are signed out")
        page.get_by_role("alert").get_by_role("link", name="Sign in").tap()
        sign_in_by_code(page, site, "maker@example.com")
        expect(page.locator("#f-prompt")).to_have_value("a fox of my own")
        expect(run).to_have_text("Make for $0.02", timeout=PRICE_MS)
        assert list_jobs(account) == []
        assert not seen.complaints


def test_media_are_put_into_slots_moved_and_survive_a_reload(
    browser: Browser, site: Gateway, account: Client, tmp_path: Path
) -> None:
    account.run_job("image.generate", picture_input("a red fox"))
    (tmp_path / "hill.png").write_bytes(draw_picture(320, 256))
    with open_create(browser, site, account, **DESKTOP) as seen:
        page, items = seen.page, seen.page.locator(".held li")
        page.goto("/create?task=image.edit")
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose a file").first.click()
        chooser.value.set_files(tmp_path / "hill.png")
        expect(items).to_have_count(1)
        page.get_by_role("link", name="Your results for picture").click()
        page.locator("#ask .tile").click()
        expect(items).to_have_text([re.compile("hill"), re.compile("a red fox")])
        page.get_by_role("button", name="Move a red fox up").click()
        expect(items).to_have_text([re.compile("a red fox"), re.compile("hill")])
        page.locator("#f-prompt").fill("at night")
        page.reload()
        expect(items).to_have_text([re.compile("a red fox"), re.compile("hill")])
        expect(page.locator("#f-prompt")).to_have_value("at night")
        items.first.hover(position={"x": 12, "y": 12})
        page.mouse.down()
        items.last.hover(position={"x": 200, "y": 12})
        items.last.hover(position={"x": 205, "y": 14})
        page.mouse.up()
        expect(items).to_have_text([re.compile("hill"), re.compile("a red fox")])
        assert "://" not in page.locator("#maker").inner_text()
        assert not seen.complaints


def test_results_are_selected_by_key_deleted_and_brought_back(
    browser: Browser, site: Gateway, account: Client
) -> None:
    account.run_job("image.generate", picture_input("a red fox", count=3))
    with open_create(browser, site, account, **DESKTOP) as seen:
        page, tiles = seen.page, seen.page.locator("#tiles .tile")
        page.goto("/create")
        for number in (0, 1):
            tiles.nth(number).focus()
            page.keyboard.press("x")
        page.get_by_role("group", name="Selected").get_by_role("button", name="Delete").click()
        expect(tiles).to_have_count(1)
        page.locator("#toasts").get_by_role("button", name="Undo").click()
        expect(tiles).to_have_count(3)
        page.locator("#tiles .cell").first.hover()
        page.locator("#tiles .cell").first.get_by_role("button", name="Star").click()
        expect(page.locator("[aria-pressed=true]")).to_have_count(1)
        page.get_by_role("link", name="Starred").click()
        expect(tiles).to_have_count(1)
        assert not seen.complaints


def test_older_results_come_by_scrolling_and_back_finds_the_place(
    browser: Browser, site: Gateway, maker: Client
) -> None:
    with open_create(browser, site, maker, **DESKTOP) as seen:
        page, tiles = seen.page, seen.page.locator("#tiles a.tile")
        page.goto("/create")
        expect(tiles).to_have_count(TILES)
        page.locator("#older").scroll_into_view_if_needed()
        expect(tiles).to_have_count(2 * TILES)
        place = tiles.nth(TILES + 20)
        address = place.get_attribute("href")
        page.evaluate("document.addEventListener('click', (event) => event.preventDefault())")
        place.click()
        page.goto("/shortcuts")
        page.go_back()
        back = page.locator(f'#tiles a.tile[href="{address}"]')
        expect(back).to_be_in_viewport()
        assert back.evaluate(HAS_FOCUS)


@pytest.mark.parametrize("more", [0, SLOTS_BYTES], ids=["picture", "edit"])
def test_create_is_light(browser: Browser, site: Gateway, maker: Client, more: int) -> None:
    path = "/create?task=image.edit" if more else "/create"
    scripts: dict[str, int] = {}
    with open_create(browser, site, maker, **DESKTOP) as seen:
        page = seen.page
        page.on(
            "response",
            lambda answer: (
                answer.request.resource_type == "script"
                and scripts.update({answer.url: len(answer.body())})
            ),
        )
        page.goto(path, wait_until="networkidle")
        html = page.request.get(path).text()
    own = sum(size for url, size in scripts.items() if "/vendor/" not in url)
    assert own <= OWN_SCRIPT_BYTES + more, scripts
    assert sum(scripts.values()) <= SCRIPT_BYTES, scripts
    tiles = html.partition('<ul id="tiles">')[2].partition("</ul>")[0]
    assert tiles.count('<a class="tile"') == TILES
    assert len(tiles.encode()) <= TILES_BYTES, len(tiles)


@pytest.mark.parametrize("state", ["account", "maker"])
def test_create_is_clean_at_every_width(
    request: pytest.FixtureRequest, browser: Browser, site: Gateway, state: str
) -> None:
    person: Client = request.getfixturevalue(state)
    with open_create(browser, site, person) as seen:
        for path in ("/create", "/create?task=video.generate&prompt=a+fox"):
            for width in (320, 390, 768, 1280):
                seen.page.set_viewport_size({"width": width, "height": 900})
                seen.show_page(path)
                for theme in THEMES:
                    seen.page.emulate_media(color_scheme=theme)
                    seen.check_accessibility()
                    seen.take_screenshot(f"create-{state}-{path.count('=')}-{width}-{theme}")
