"""Every page at every width and in both themes: nothing too wide, no complaint, axe is content."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.gateway import Client, Gateway, picture
from tests.pages.browser import Seen, tab

pytestmark = pytest.mark.slow

WIDTHS = (320, 390, 1280)
THEMES = ("light", "dark")
STRANGER = ("/", "/login", "/legal/terms", "/legal/privacy", "/no/such/page")
PERSON = (
    "/",
    "/dashboard",
    "/jobs",
    "/playground",
    "/playground/video.generate",
    "/keys",
    "/keys/new",
    "/studio",
    "/usage",
    "/usage?groupBy=task",
    "/credits",
    "/webhooks",
    "/webhooks/rotate",
    "/affiliate",
    "/settings",
    "/oauth/apps",
    "/device",
    "/login",
)
NOT_THERE = {"/no/such/page": 404}


@pytest.fixture(scope="module")
def empty(site: Gateway) -> Iterator[Client]:
    with site.account("0") as account:
        yield account


@pytest.fixture(scope="module")
def filled(site: Gateway) -> Iterator[Client]:
    """An account that has had work done."""
    with site.account("1234.567891") as account:
        for prompt in ("a lighthouse in the first snow", "<img src=x onerror=alert(1)>"):
            account.made("image.generate", picture(prompt))
        given = {
            "displayName": "Ann",
            "acceptTerms": True,
            "website": f"https://{'a' * 180}.example",
        }
        assert account.http.post("/api/v1/affiliates/me/apply", json=given).status_code == 201
        yield account


def looked_at(seen: Seen, name: str, path: str, theme: str) -> None:
    seen.shown(path, NOT_THERE.get(path, 200))
    shot = re.sub(r"\W+", "-", path.strip("/")) or "start"
    for width in WIDTHS:
        seen.page.set_viewport_size({"width": width, "height": 900})
        seen.judge()
        seen.shoot(f"{shot}-{name}-{width}-{theme}")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", STRANGER)
def test_a_page_for_strangers_is_clean(
    browser: Browser, site: Gateway, path: str, theme: str
) -> None:
    with tab(browser, base_url=site.base, color_scheme=theme) as seen:
        looked_at(seen, "stranger", path, theme)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("state", ["empty", "filled"])
@pytest.mark.parametrize("path", PERSON)
def test_a_page_of_an_account_is_clean(
    request: pytest.FixtureRequest,
    browser: Browser,
    site: Gateway,
    path: str,
    state: str,
    theme: str,
) -> None:
    account: Client = request.getfixturevalue(state)
    cookie = site.cookie(account.account_id)
    with tab(browser, cookie, base_url=site.base, color_scheme=theme) as seen:
        looked_at(seen, state, path, theme)


def test_the_reference_is_clean(browser: Browser, site: Gateway) -> None:
    with tab(browser, base_url=site.base, color_scheme="dark") as seen:
        seen.shown("/api-docs")
        for width in WIDTHS:
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        seen.judge()
