"""The words of a page about a refused form: labels and plain words, no wire names or patterns."""

import html
import re
from collections.abc import Iterator

import httpx2
import pytest

from gateway.identity.keys.keys import SCOPES
from tests.flows.oauth_apps import INPUT_TAG, open_client_elsewhere, read_form_fields
from tests.gateway import Client, Gateway

PROBLEM_MARKUP = re.compile(
    r'(?s)<div class="problem".*?</div>|<(?:span|p) class="wrong".*?</(?:span|p)>'
)
TAG = re.compile(r"<[^>]*>")
WIRE_WORDS = re.compile(
    r"<code>|must match \^|decimal string|1 items|send the request|[a-z][A-Z]|[a-z_]\.\w"
)
WRONG_VALUES = ("", " ", "lots", "-1", "$1.2345678", "9" * 30)


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with (
        gateway.browser(client.account_id) as http,
        open_client_elsewhere(gateway, **dict(http.headers)) as browser,
    ):
        yield browser


def list_problem_texts(answer: httpx2.Response) -> list[str]:
    """Return a page's texts about problems, and check that none has words for programs."""
    found = PROBLEM_MARKUP.findall(answer.text)
    for each in found:
        plain = html.unescape(TAG.sub(" ", each.replace("<code>", "{code}")))
        assert not WIRE_WORDS.search(plain.replace("{code}", "<code>")), each
    return found


FORMS = {
    "/keys/new": "/keys/new?mode=test",
    "/settings": "/settings/policy?mode=test",
    "/library": "/library?mode=test",
    "/webhooks": "/webhooks/test?mode=test",
    "/affiliate": "/affiliate/bind?mode=test",
    "/playground/image.generate": "/playground/image.generate?mode=test",
    "/playground/video.generate": "/playground/video.generate?mode=test",
}


@pytest.mark.parametrize(("shown_at", "sent_to"), FORMS.items())
def test_no_problem_of_a_form_speaks_to_programs(
    page: httpx2.Client, shown_at: str, sent_to: str
) -> None:
    shown, heard = page.get(shown_at).text, 0
    form = read_form_fields(shown) | {"decision": "price"}
    names = [name for name in form if name not in {"decision", "formAt", "theme", "mode"}]
    for text in WRONG_VALUES:
        for wrong in [names, *([name] for name in names if text in WRONG_VALUES[1:3])]:
            answer = page.post(sent_to, data=form | dict.fromkeys(wrong, text))
            heard += len(list_problem_texts(answer))
    assert heard, INPUT_TAG.findall(shown)


def test_keys_and_settings_say_what_is_wrong_with_the_labels_of_their_forms(
    page: httpx2.Client,
) -> None:
    form = read_form_fields(page.get("/keys/new").text) | {"label": "mine"}
    wrong = page.post("/keys/new?mode=test", data=form | {"dailyLimitUsd": "two"})
    assert "“Per day” must be an amount in dollars, such as 0 or 2.50." in wrong.text
    both = page.post("/keys/new?mode=test", data=form | {"dailyLimitUsd": "two", "label": " "})
    assert both.text.count("“Name” must not be blank") == 1
    none = {each: text for each, text in form.items() if each.removeprefix("scope.") not in SCOPES}
    assert "Select at least one permission." in page.post("/keys/new?mode=test", data=none).text
    usual = read_form_fields(page.get("/settings").text) | {"totalLimitUsd": "two"}
    refused = page.post("/settings/policy?mode=test", data=usual)
    assert "“In total” must be an amount in dollars" in refused.text


def test_the_playground_calls_a_field_by_its_label(page: httpx2.Client) -> None:
    path = "/playground/image.generate?mode=test"
    form = read_form_fields(page.get(path).text) | {
        "prompt": "a fox",
        "width": "1",
        "decision": "price",
    }
    assert "“Width in pixels” must be at least 256." in page.post(path, data=form).text


def test_a_project_of_spaces_alone_is_refused_in_words(page: httpx2.Client) -> None:
    refused = page.post("/library?mode=test", data={"name": "   ", "idempotencyKey": "spaces"})
    assert (refused.status_code, "“Name” must not be blank." in refused.text) == (422, True)


def test_the_sign_in_of_the_header_leads_to_where_one_was_going(gateway: Gateway) -> None:
    with gateway.client() as stranger:
        shown = stranger.get("/login", params={"returnPath": "/keys"}).text
        assert 'href="/login?returnPath=%2Fkeys">Sign in</a>' in shown
        assert 'href="/login">Sign in</a>' in stranger.get("/login").text
