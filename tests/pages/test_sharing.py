"""Sharing in a browser: share, open signed out, remix, revoke; with and without JavaScript."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.gateway import Client, Gateway, picture_input
from tests.pages.browser import open_tab

pytestmark = pytest.mark.slow

PROMPT = "a fox astronaut opens the hatch"
WIDTHS, THEMES = (320, 390, 768, 1280), ("light", "dark")
HAS_PICTURE = "picture => picture.complete && picture.naturalWidth > 0"


@pytest.fixture(scope="module")
def owner(site: Gateway) -> Iterator[Client]:
    with site.account() as account:
        yield account


@pytest.fixture(scope="module")
def job_id(owner: Client) -> str:
    return str(owner.run_job("image.generate", picture_input(PROMPT))["jobId"])


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_result_is_shared_opened_remixed_and_revoked(
    site: Gateway,
    browser: Browser,
    owner: Client,
    script: bool,  # noqa: FBT001 - a parameter
) -> None:
    made = owner.run_job("image.generate", picture_input(PROMPT))["jobId"]
    cookie = site.create_session_cookie(owner.account_id)
    look: dict[str, Any] = {"base_url": site.base, "java_script_enabled": script}
    with open_tab(browser, cookie, **look) as own, open_tab(browser, **look) as other:
        own.page.goto(f"/create/{made}/0/share")
        own.page.get_by_label("The prompt", exact=True).check()
        own.page.get_by_role("button", name="Make the link").click()
        expect(own.page.get_by_role("status").first).to_contain_text("The link is ready")
        link = own.page.locator("#link-1").inner_text()
        other.show_page(link)
        expect(other.page.get_by_role("heading", name=PROMPT)).to_be_visible()
        picture = other.page.get_by_role("img", name=PROMPT)
        assert picture.evaluate(HAS_PICTURE)
        other.page.get_by_role("link", name="Remix").click()
        other.page.wait_for_url("**/login?*")
        back = parse_qs(urlsplit(other.page.url).query)["returnPath"][0]
        own.page.goto(back)
        expect(own.page.locator("#f-prompt")).to_have_value(PROMPT)
        own.page.goto(f"/create/{made}/0/share")
        own.page.get_by_role("button", name="Revoke the link").click()
        expect(own.page.locator("#link-1")).to_have_count(0)
        with site.client() as visitor:
            for name in ("", "/media.png", "/poster.jpg", "/og.jpg"):
                assert visitor.get(f"{urlsplit(link).path}{name}").status_code == 404, name
        other.show_page(link, 404)


@pytest.mark.parametrize("theme", THEMES)
def test_the_pages_of_shares_are_clean(
    site: Gateway, browser: Browser, owner: Client, job_id: str, theme: str
) -> None:
    clip = {"prompt": PROMPT, "width": 256, "height": 256, "durationFrames": 17}
    film = owner.run_job("video.generate", clip)["jobId"]
    links = [
        owner.http.post("/api/v1/shares", json={"ref": f"job://{each}/0"}).json()["url"]
        for each in (job_id, film)
    ]
    forms = [f"/create/{each}/0/share" for each in (job_id, film)]
    cookie = site.create_session_cookie(owner.account_id)
    with open_tab(browser, cookie, base_url=site.base, color_scheme=theme) as seen:
        for address in (*links, f"{links[0]}/report", *forms, "/library/shares"):
            seen.show_page(address)
            for width in WIDTHS:
                seen.page.set_viewport_size({"width": width, "height": 900})
                seen.check_accessibility()
