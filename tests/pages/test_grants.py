"""Devices and apps are approved in the same form, and answers to browsers are compressed."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, expect

from tests.flows.oauth_apps import open_app
from tests.gateway import Client, Gateway
from tests.pages.browser import open_tab

pytestmark = pytest.mark.slow

WIDTHS = (320, 390, 640, 1280)


@pytest.fixture(scope="module")
def person(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


def start_link(site: Gateway, **asked: object) -> dict[str, Any]:
    with site.client() as device:
        body = {"clientName": "my <b>laptop</b>", **asked}
        link: dict[str, Any] = device.post("/api/v1/device/link/start", json=body).json()
        return link


@pytest.mark.promise("identity: bounded-by-default")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_are_clean_at_every_width(
    browser: Browser, site: Gateway, person: Client, theme: str
) -> None:
    link = start_link(site, scopes=["media", "studio", "account:read"])
    with open_app(site) as program:
        program.register(client_name="Claude <i>of mine</i>")
        paths = {
            "device": f"/device?userCode={link['userCode']}",
            "connect": f"/oauth/authorize?{urlencode(program.build_query())}",
        }
    cookie, words = site.create_session_cookie(person.account_id), []
    with open_tab(browser, cookie, base_url=site.base, color_scheme=theme) as seen:
        for name, path in paths.items():
            seen.show_page(path)
            for width in WIDTHS:
                seen.page.set_viewport_size({"width": width, "height": 900})
                seen.check_accessibility()
                seen.take_screenshot(f"grant-{name}-{width}-{theme}")
            groups = seen.page.get_by_role("group").all()
            words.append([each.inner_text() for each in groups][:4])
    assert words[0] == words[1]


@pytest.mark.promise("identity: bounded-by-default")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_device_gets_what_was_checked_under_the_cap_that_was_entered(
    browser: Browser, site: Gateway, person: Client, *, script: bool
) -> None:
    link = start_link(site)
    options = {"base_url": site.base, "java_script_enabled": script}
    small = {"width": 390, "height": 844}
    with open_tab(
        browser, site.create_session_cookie(person.account_id), viewport=small, **options
    ) as seen:
        page = seen.page
        page.goto(f"/device?userCode={link['userCode']}")
        expect(page.get_by_label("Per day")).to_have_value("10")
        page.get_by_label("Per day").fill("")
        page.get_by_label("Start a purchase").uncheck()
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_label("Per day")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_text("Enter at least one spending cap.").first).to_be_visible()
        expect(page.get_by_label("Start a purchase")).not_to_be_checked()
        page.get_by_label("Per month").fill("$7.50")
        page.get_by_label("Per month").press("Enter")
        expect(page.get_by_label("Per month")).to_have_value("7.50")  # shown again, not granted
        page.get_by_role("button", name="Approve").click()
        expect(page.get_by_text("Approved.")).to_be_visible()
        assert not seen.complaints
    with site.client() as device:
        body = {"deviceCode": link["deviceCode"]}
        key = device.post("/api/v1/device/link/poll", json=body).json()
    with site.client(key["apiKey"]) as http:
        policy = http.get("/api/v1/balance").json()["key"]["spendPolicy"]
    assert key["scopes"] == ["media", "studio", "account:read"]
    assert (policy["dailyLimitUsd"], policy["monthlyLimitUsd"]) == (None, "7.50")


@pytest.mark.promise("pages: compressed")
def test_a_browser_loads_scripts_and_styles_compressed(browser: Browser, site: Gateway) -> None:
    with open_tab(browser, base_url=site.base) as seen:
        seen.show_page("/")
        loaded = seen.page.evaluate(
            """performance.getEntriesByType("resource").map((each) =>
                 [each.name, each.encodedBodySize, each.decodedBodySize])"""
        )
    packed = [each for each in loaded if each[0].endswith((".css", ".js"))]
    assert len(packed) > 4
    for name, encoded, decoded in packed:
        assert encoded < 0.7 * decoded or decoded < 1_400, name
