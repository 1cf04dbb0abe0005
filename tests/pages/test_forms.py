"""Problems of a form appear at the pressed button; nothing that was filled in is lost."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.gateway import Client, Gateway
from tests.pages.browser import WatchedPage, open_tab
from tests.pages.forms import expect_problem_at_button, expect_problem_at_field, sign_in_by_code

pytestmark = pytest.mark.slow

LOOKS = pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), (390, "dark")], ids=["1280 light", "390 dark"]
)
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
NETWORK = re.compile(r"net::ERR|htmx: htmx:error")
# Forms of every kind: page, field, what is typed there, button.
FORMS = [
    ("/login", "E-mail address", "ana@example.com", "Send me a code"),
    ("/keys/new", "Name", "agent", "Create the key"),
    ("/webhooks", "Address to send a test to", "https://example.com/hook", "Send"),
    ("/affiliate", "Name shown to visitors", "Ana", "Apply"),
    ("/settings", "Per month", "2", "Save the limits"),
    ("/library", "Name of the new project", "The hatch", "Create a project"),
]


@pytest.fixture
def account(site: Gateway) -> Iterator[Client]:
    with site.account("5") as one:
        yield one


def open_at_width(width: int, theme: str) -> dict[str, Any]:
    return {"viewport": {"width": width, "height": 700}, "color_scheme": theme}


def drop_network_complaints(seen: WatchedPage) -> list[str]:
    """Return the complaints without those about the network, which the test broke on purpose."""
    return [each for each in seen.complaints if not NETWORK.search(each)]


@LOOKS
@SCRIPT
def test_a_wrong_field_takes_the_focus_and_says_what_is_wrong(
    browser: Browser, site: Gateway, account: Client, width: int, theme: str, *, script: bool
) -> None:
    cookie, look = site.create_session_cookie(account.account_id), open_at_width(width, theme)
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=script, **look) as seen:
        page = seen.page
        for path, label, button in (
            ("/settings", "Per month", "Save the limits"),
            ("/keys/new", "Per day", "Create the key"),
        ):
            page.goto(path)
            if (name := page.get_by_label("Name", exact=True)).count():
                name.fill("agent")
            page.get_by_label(label).fill("two")
            page.get_by_role("button", name=button).click()
            expect_problem_at_field(page.get_by_label(label), "dollars")
            if script:
                seen.check_accessibility()
                seen.take_screenshot(f"forms-field-{button.replace(' ', '-')}-{width}-{theme}")
        assert not seen.complaints


@pytest.mark.promise("pages: near")
@LOOKS
@SCRIPT
def test_a_refusal_stands_above_the_button_that_was_pressed(
    browser: Browser, site: Gateway, account: Client, width: int, theme: str, *, script: bool
) -> None:
    """The key of the form was used for another project: that is about no field of it."""
    cookie, look = site.create_session_cookie(account.account_id), open_at_width(width, theme)
    with open_tab(browser, cookie, base_url=site.base, java_script_enabled=script, **look) as seen:
        page = seen.page
        page.goto("/library")
        key = page.locator("main [name=idempotencyKey]").get_attribute("value")
        assert key is not None
        with site.client(cookie=cookie, **{"Sec-Fetch-Site": "same-origin"}) as other:
            used = {"name": "Another", "idempotencyKey": key}
            assert other.post("/library?mode=test", data=used).status_code == 303
        page.get_by_label("Name of the new project").fill("The hatch")
        if script:  # as of a field that was made larger
            page.locator("#name").evaluate("field => { field.style.width = '200px'; }")
        button = page.get_by_role("button", name="Create a project")
        button.click()
        expect_problem_at_button(page, button, "Your earlier press has arrived")
        expect(page.get_by_label("Name of the new project")).to_have_value("The hatch")
        if script:
            seen.check_accessibility()
            seen.take_screenshot(f"forms-refused-{width}-{theme}")
        assert not seen.complaints


@LOOKS
@pytest.mark.parametrize("form", FORMS, ids=[each[0] for each in FORMS])
def test_a_form_says_that_there_is_no_network_and_keeps_what_it_holds(
    browser: Browser, site: Gateway, account: Client, form: tuple[str, ...], width: int, theme: str
) -> None:
    path, label, words, button = form
    cookie = "" if path == "/login" else site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base, **open_at_width(width, theme)) as seen:
        page = seen.page
        page.goto(path)
        page.get_by_label(label).fill(words)
        for each in page.get_by_role("checkbox", name="terms").all():
            each.check()
        page.context.set_offline(True)
        pressed = page.get_by_role("button", name=button, exact=True)
        pressed.click()
        expect_problem_at_button(page, pressed, "No connection")
        expect(page.get_by_label(label)).to_have_value(words)
        seen.take_screenshot(f"forms-offline{path.replace('/', '-')}-{width}-{theme}")
        assert not drop_network_complaints(seen)


def test_a_dialog_says_it_too_and_sends_itself_when_the_network_is_back(
    browser: Browser, site: Gateway, account: Client
) -> None:
    with open_tab(
        browser, site.create_session_cookie(account.account_id), base_url=site.base
    ) as seen:
        page = seen.page
        page.goto("/keys")
        opener = page.get_by_role("link", name="New key")
        page.context.set_offline(True)
        opener.click()
        expect_problem_at_button(page, opener, "No connection")
        page.context.set_offline(False)
        page.get_by_role("button", name="Try again").click()
        page.get_by_label("Name", exact=True).fill("agent")
        page.context.set_offline(True)
        button = page.get_by_role("button", name="Create the key")
        button.click()
        expect_problem_at_button(page, button, "No connection")
        seen.take_screenshot("forms-dialog-offline-1280-light")
        page.context.set_offline(False)
        expect(page.locator("#made-key")).to_be_visible()
        named = [each["label"] for each in account.http.get("/api/v1/keys").json()["data"]]
        assert named.count("agent") == 1
        assert not drop_network_complaints(seen)


@pytest.mark.parametrize(
    ("path", "label", "button"),
    [
        ("/library", "Name of the new project", "Create a project"),
        ("/keys", "Name", "Create the key"),
    ],
    ids=["page", "dialog"],
)
def test_any_form_is_there_again_after_a_sign_in(
    browser: Browser, site: Gateway, account: Client, path: str, label: str, button: str
) -> None:
    email = f"again-{path.strip('/')}@example.com"
    site.add_address(account.account_id, email)
    cookie = site.create_session_cookie(account.account_id)
    with open_tab(browser, cookie, base_url=site.base) as seen:
        page = seen.page
        page.goto(path)
        if path == "/keys":
            page.get_by_role("link", name="New key").click()
        page.get_by_label(label, exact=True).fill("The hatch")
        with site.client(cookie=cookie, **{"Sec-Fetch-Site": "same-origin"}) as other:
            assert other.post("/logout").status_code == 303
        page.get_by_role("button", name=button).click()
        page.get_by_role("alert").get_by_role("link", name="Sign in").click()
        sign_in_by_code(page, site, email)
        expect(page.get_by_label(label, exact=True)).to_have_value("The hatch")
        expect(page.locator("[data-said] [role=status]")).to_be_focused()
        page.get_by_role("button", name=button).click()
        done = "The hatch" if path == "/library" else "shown only once"
        expect(page.get_by_text(done).first).to_be_visible()
        expect(page.get_by_label(label, exact=True)).to_have_count(0)
        assert not seen.complaints
