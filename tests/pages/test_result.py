"""One result in a real browser: its states, the lightbox, and the way from a picture to a film."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.gateway import JOB_SECONDS, Client, Gateway, draw_picture, picture_input
from tests.pages.browser import WatchedPage, open_tab, press_by_keyboard

pytestmark = pytest.mark.slow

WIDTHS = (320, 390, 768, 1280)
THEMES = ("light", "dark")
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
HANDS = ("mouse", "touch", "keyboard", "no script")
JOB_MS = 90_000
IDS = re.compile(r"\b(?:job|ast|prj|flm|acct)_\w{6}|://")


@pytest.fixture(scope="module")
def maker(site: Gateway) -> Iterator[Client]:
    with site.account("20") as one:
        yield one


@pytest.fixture(scope="module")
def results(site: Gateway, maker: Client) -> dict[str, str]:
    """The address of a result in every state."""
    picture = maker.run_job("image.generate", picture_input("a fox, " * 40, count=3))["jobId"]
    source = f"job://{picture}/0"
    jobs = {
        "picture": picture,
        "larger": maker.run_job("image.upscale", {"imageUrl": source, "scale": 2})["jobId"],
        "film": maker.run_job(
            "video.generate", picture_input("it runs", startFrameImageUrl=source, durationFrames=25)
        )["jobId"],
        "sound": maker.run_job("audio.generate", {"prompt": "wind", "durationSeconds": 2})["jobId"],
        "failed": maker.run_job("image.generate", picture_input("[sandbox:fail]"))["jobId"],
        "deleted": maker.run_job("image.generate", picture_input("a hare"))["jobId"],
        "running": maker.submit("image.generate", picture_input("[sandbox:slow=900]")).json()[
            "jobId"
        ],
    }
    gone = {"outputs": [{"jobId": jobs["deleted"], "outputIndex": 0}]}
    assert maker.http.post("/api/v1/media/outputs/delete", json=gone).status_code == 200
    return {name: f"/create/{job}/0" for name, job in jobs.items()}


def open_maker(browser: Browser, site: Gateway, maker: Client, **options: Any) -> Any:  # noqa: ANN401
    cookie = site.create_session_cookie(maker.account_id)
    return open_tab(browser, cookie, base_url=site.base, **options)


@pytest.mark.parametrize("theme", THEMES)
def test_a_result_is_clean_in_every_state(
    browser: Browser, site: Gateway, maker: Client, results: dict[str, str], theme: str
) -> None:
    with open_maker(browser, site, maker, color_scheme=theme) as seen:
        for name, path in (*results.items(), ("mask", f"{results['picture']}/mask")):
            for width in WIDTHS:
                seen.page.set_viewport_size({"width": width, "height": 900})
                seen.show_page(path)
                seen.check_accessibility()
                words = seen.page.locator("main").inner_text()
                assert not IDS.search(words), f"{name}: {words}"
                seen.take_screenshot(f"result-{name}-{width}-{theme}")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_result_is_starred_named_deleted_and_taken_back(
    browser: Browser, site: Gateway, maker: Client, *, script: bool
) -> None:
    job = maker.run_job("image.generate", picture_input("a fox"))["jobId"]
    with open_maker(browser, site, maker, java_script_enabled=script, **DESKTOP) as seen:
        page = seen.page
        page.goto(f"/create/{job}/0")
        star = page.locator("main").get_by_role("button", name="Star")
        star.click()
        expect(star).to_have_attribute("aria-pressed", "true")
        page.get_by_text("Rename", exact=True).click()
        page.get_by_label("Name", exact=True).fill("Reineke")
        page.get_by_role("button", name="Save the name").click()
        expect(page.locator(".named")).to_have_text("Reineke")
        page.locator("main").get_by_role("button", name="Delete").click()
        expect(page.locator(".none")).to_contain_text("Deleted")
        expect(page.get_by_role("link", name="Download")).to_have_count(0)
        page.locator(".one").get_by_role("button", name="Undo").click()
        expect(page.get_by_role("link", name="Download")).to_be_visible()
        expect(star).to_have_attribute("aria-pressed", "true")
        assert not seen.complaints


@pytest.mark.parametrize("look", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_lightbox_takes_its_address_and_gives_the_focus_back(
    browser: Browser, site: Gateway, look: dict[str, Any]
) -> None:
    with site.account() as account:
        job = account.run_job("image.generate", picture_input("a fox", count=4))["jobId"]
        with open_maker(browser, site, account, **look) as seen:
            page = seen.page
            seen.show_page("/create?q=fox")
            tiles, box = page.locator("a.tile"), page.locator("dialog.lightbox")
            tiles.nth(1).click()
            expect(box.locator(".one")).to_have_attribute("data-path", f"/create/{job}/1")
            expect(page).to_have_url(re.compile(rf"/create/{job}/1\?q=fox$"))
            expect(box.locator(".place")).to_have_text("2/4")
            assert not seen._run_axe()
            page.keyboard.press("ArrowRight")
            expect(page).to_have_url(re.compile(rf"/create/{job}/2\?q=fox$"))
            page.keyboard.press("ArrowLeft")
            expect(page).to_have_url(re.compile(rf"/create/{job}/1\?q=fox$"))
            expect(box.locator(".one")).to_have_attribute("data-path", f"/create/{job}/1")
            if look is PHONE:
                swipe(page, box.locator(".stage"))
                expect(page).to_have_url(re.compile(rf"/create/{job}/2\?q=fox$"))
            else:
                box.get_by_role("link", name="Older result").click()
            expect(box.locator(".one")).to_have_attribute("data-path", f"/create/{job}/2")
            box.get_by_role("button", name="Star").click()
            expect(box.locator("#one-star")).to_have_attribute("aria-pressed", "true")
            page.go_back()
            expect(box).to_be_hidden()
            expect(page).to_have_url(re.compile(r"/create\?q=fox"))
            expect(tiles.nth(2)).to_be_focused()
            page.keyboard.press("Enter")
            expect(box.locator(".one")).to_have_attribute("data-path", f"/create/{job}/2")
            page.keyboard.press("Escape")
            expect(box).to_be_hidden()
            expect(tiles.nth(2)).to_be_focused()
            assert not seen.complaints


def swipe(page: Page, stage: Locator) -> None:
    """Swipe to the left over the stage, as a finger does."""
    box = stage.bounding_box()
    assert box is not None
    at = {"x": box["x"] + box["width"] * 0.7, "y": box["y"] + box["height"] / 2}
    session = page.context.new_cdp_session(page)
    touch = "Input.dispatchTouchEvent"
    session.send(touch, {"type": "touchStart", "touchPoints": [at]})
    for moved in (60, 120):
        point = {**at, "x": at["x"] - moved}
        session.send(touch, {"type": "touchMove", "touchPoints": [point]})
    session.send(touch, {"type": "touchEnd", "touchPoints": []})
    session.detach()


def test_two_pictures_are_compared_by_a_slider(
    browser: Browser, site: Gateway, maker: Client, results: dict[str, str]
) -> None:
    with open_maker(browser, site, maker, **DESKTOP) as seen:
        seen.show_page(results["larger"])
        after, slider = seen.page.locator(".compare .after"), seen.page.get_by_role("slider")
        slider.focus()
        seen.page.keyboard.press("Home")
        expect(after).to_have_css("clip-path", re.compile(r"0(%|px)\)$"))
        seen.page.keyboard.press("End")
        expect(after).to_have_css("clip-path", re.compile(r"100%\)$"))
        expect(slider).to_have_attribute("aria-valuetext", "100 % before, 0 % after")
        assert not seen.complaints


class Hand:
    """A person at work: by mouse, by touch, by keyboard, or in a browser without a script."""

    def __init__(self, seen: WatchedPage, how: str) -> None:
        self.page, self.how = seen.page, how

    def press(self, wanted: Locator) -> None:
        """Press a link or a button."""
        wanted.wait_for()
        if self.how == "keyboard":
            press_by_keyboard(self.page, wanted)
        elif self.how == "touch":
            wanted.tap()
        else:
            wanted.click()

    def paint(self) -> None:
        """Paint a part of the picture, or choose a file without a script."""
        if self.how == "no script":
            mask = {
                "name": "mask.png",
                "mimeType": "image/png",
                "buffer": draw_picture(256, 256, 255),
            }
            self.page.get_by_label("Black and white picture").set_input_files(mask)  # type: ignore[arg-type]
            return
        canvas = self.page.get_by_role("img", name="Your mask")
        canvas.wait_for()
        box = canvas.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        if self.how == "touch":
            self.page.touchscreen.tap(x, y)
        elif self.how == "keyboard":
            canvas.focus()
            for key in ("Space", "ArrowRight", "ArrowRight", "ArrowDown", "Space"):
                self.page.keyboard.press(key)
        else:
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            self.page.mouse.move(x + 40, y + 10, steps=4)
            self.page.mouse.up()

    def make(self, task: str, account: Client) -> str:
        """Press what makes it in the prompt bar, wait for its end, and open the newest result."""
        known = {each["jobId"] for each in list_jobs(account, task)}
        run = self.page.locator("#run")
        if self.how == "no script":
            self.press(run)  # it asks for the price
        expect(run).to_contain_text("$")
        self.press(run)
        job = wait_for_new_job(account, task, known)
        account.wait_for_job(job)
        self.page.goto("/create")
        tile = self.page.locator(f'a.tile[href^="/create/{job}/"]').first
        expect(tile).to_be_visible(timeout=JOB_MS)
        self.press(tile)
        expect(self.page.locator(f'.one[data-path="/create/{job}/0"]')).to_be_visible()
        return job

    def check_words(self) -> None:
        """Check that no id is to be read."""
        words = self.page.locator("body").inner_text()
        assert not IDS.search(words), IDS.findall(words)


def list_jobs(account: Client, task: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.http.get(
        "/api/v1/media/jobs", params={"task": task}
    ).json()["data"]
    return found


def wait_for_new_job(account: Client, task: str, known: set[str]) -> str:
    """Return the job that was not known before; the press that makes it is on its way."""
    deadline = time.monotonic() + JOB_SECONDS
    while not (found := {each["jobId"] for each in list_jobs(account, task)} - known):
        assert time.monotonic() < deadline, "nothing was made"
    job: str = found.pop()
    return job


@pytest.mark.parametrize("how", HANDS)
def test_a_picture_is_edited_enlarged_animated_and_put_into_a_film(
    browser: Browser, site: Gateway, how: str
) -> None:
    look = PHONE if how == "touch" else DESKTOP
    with site.account("5") as account:
        first = account.run_job("image.generate", picture_input("a fox at dawn"))["jobId"]
        options = {**look, "java_script_enabled": how != "no script"}
        with open_maker(browser, site, account, **options) as seen:
            page, hand = seen.page, Hand(seen, how)
            page.goto(f"/create/{first}/0")
            hand.press(page.get_by_role("link", name="Edit a part"))
            hand.paint()
            hand.press(page.get_by_role("button", name="Next", exact=True))
            page.locator("#f-prompt").fill("a lantern")
            edited = hand.make("image.edit", account)
            assert "mask" in account.get_job(edited, includeDetails=1)["effectiveInput"]
            hand.press(page.get_by_role("link", name="Upscale 2"))
            larger = hand.make("image.upscale", account)
            source = account.get_job(larger, includeDetails=1)["effectiveInput"]["image"]["source"]
            assert source == f"job://{edited}/0"
            expect(page.locator(".compare img")).to_have_count(2)
            hand.press(page.get_by_role("link", name="Animate"))
            page.locator("#f-prompt").fill("it runs away")
            hand.make("video.generate", account)
            hand.check_words()
            hand.press(page.get_by_role("link", name="Add to film"))
            hand.press(page.get_by_role("button", name="Start the film"))
            expect(page).to_have_url(re.compile(r"/films/flm_"), timeout=JOB_MS)
            hand.check_words()
            assert not seen.complaints
