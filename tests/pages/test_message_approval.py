"""A message that an app prepared, seen and sent by a person; and the search for a payment."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.gateway import Client, Gateway, draw_picture
from tests.library.files import create_project, upload_file
from tests.pages.browser import open_tab
from tests.studio.messages import prepare_message
from tests.studio.playing import gateway as gateway
from tests.studio.playing import model as model
from tests.studio.playing import person as person
from tests.studio.playing import studio as studio
from tests.studio.talks import create_thread

pytestmark = pytest.mark.slow

WIDTHS = (320, 390, 640, 1280)
HOSTILE = "<img src=x onerror=\"document.title='stolen'\">"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_message_of_an_app_is_clean_and_sent_by_one_press(
    browser: Browser, gateway: Gateway, person: Client, model: Script, theme: str
) -> None:
    home = create_project(person)
    talk = create_thread(person, home)
    files = [
        upload_file(
            person, home, f"{'a-long-name-' * number}.png", draw_picture(96, 64, shade=90 + number)
        )
        for number in (1, 9)
    ]
    body = {"label": "app", "spendPolicy": {"autoApproveUsd": "0"}}
    key = person.http.post("/api/v1/keys", json=body).json()["apiKey"]
    words = f"Write about {HOSTILE}\n\n{'Antidisestablishmentarianism' * 5} at night. " * 3
    with gateway.client(key) as http:
        ids = [each.json()["assetId"] for each in files]
        asked = prepare_message(Client(http, key, person.account_id), talk, words, attachments=ids)
        told: dict[str, Any] = asked.json()
    model.play(ScriptedTurn(text="A fox, at night."))
    cookie = gateway.create_session_cookie(person.account_id)
    with open_tab(browser, cookie, base_url=gateway.base, color_scheme=theme) as seen:
        page = seen.page
        seen.show_page(told["approvalUrl"].removeprefix(gateway.base))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            seen.check_accessibility()
            seen.take_screenshot(f"message-approval-{width}-{theme}")
        send = page.get_by_role("button", name="Send for at most").first
        filled = page.locator("main button:not(.quiet)")
        expect(filled.filter(visible=True)).to_have_count(1)
        send.click()
        answer = page.locator("#said").get_by_text("A fox, at night.")
        expect(answer.first).to_be_visible(timeout=30_000)
        expect(answer).to_have_count(1)
        assert page.title() != "stolen"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_payment_that_is_not_found_is_told_beside_its_field(
    browser: Browser, gateway: Gateway, person: Client, theme: str
) -> None:
    cookie = gateway.create_session_cookie(person.account_id)
    with open_tab(browser, cookie, base_url=gateway.base, color_scheme=theme) as seen:
        page = seen.page
        seen.show_page("/credits/usdc/find")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            seen.check_accessibility()
        page.get_by_label("Hash of the transaction").fill("0x" + "a" * 290)
        page.get_by_role("button", name="Find the payment").click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Hash of the transaction")).to_be_focused()
        page.set_viewport_size({"width": 390, "height": 900})
        seen.take_screenshot(f"usdc-find-wrong-390-{theme}")
        seen.check_accessibility()
