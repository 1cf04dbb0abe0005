"""No key, no address that opens a file, and no text of a user in an error or in the log."""

import json
import re
import traceback
from collections.abc import Callable
from typing import Annotated

import pytest
from pydantic import Field

from gateway.kit.wire.models import Since, WireModel
from gateway.sdk.answers import _render_fields
from killatamata import (
    AuthenticationFailed,
    Client,
    ConfigRefused,
    ConnectionFailed,
    UnexpectedResponse,
    types,
)
from killatamata.call_log import describe_fields, to_loggable_url
from killatamata.events import JobEvent
from killatamata.model import Model
from killatamata.profiles import get_config_path, load_profile
from tests.client.scripted import Answer, serve_answers
from tests.client.test_calls import KEY

SECRET = "kt_test_SECRET"
HIDDEN = re.compile(r"secret$|api_key|token$|password|device_code|_?ur[li]$|curl")


@pytest.mark.parametrize(
    "call",
    [
        lambda killa: killa.device.poll("a"),
        lambda killa: killa.webhooks.get(),
        lambda killa: killa.keys.list(),
        lambda _: JobEvent.read("done", "1", f'{{"id": "{SECRET}"}}'),
    ],
)
def test_an_answer_that_cannot_be_read_is_not_quoted(call: Callable[[Client], object]) -> None:
    body = {"apiKey": SECRET, "secret": SECRET, "data": [{"apiKey": SECRET}], "nextCursor": None}
    with serve_answers(Answer(200, body)) as script, Client(KEY, base_url=script.base) as killa:
        with pytest.raises(UnexpectedResponse) as caught:
            call(killa)
        raw = caught.value.raw_response
        assert SECRET not in "".join(traceback.format_exception(caught.value))
        assert SECRET not in repr(caught.value)
        assert raw is None or raw.json() == body
        assert (raw is None) is (not script.requests)


def test_neither_an_address_with_a_password_nor_the_end_of_a_redirect_is_quoted() -> None:
    with pytest.raises(ValueError, match="https://") as refused:
        Client(KEY, base_url=f"http://user:{SECRET}@host.example/?sig={SECRET}")
    where = {"Location": f"https://host.example/x?sig={SECRET}"}
    with (
        serve_answers(Answer(307, {}, where)) as script,
        Client(KEY, base_url=script.base) as killa,
        pytest.raises(UnexpectedResponse, match=r"host\.example/x") as redirected,
    ):
        killa.balance()
    assert SECRET not in f"{refused.value} {redirected.value}"
    assert to_loggable_url(f"https://user:{SECRET}@h.example/x?y") == "https://h.example/…"


@pytest.mark.parametrize("end", ["\n", "\r\n", " ", "\t"])
def test_a_key_is_stripped_where_it_is_read(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KT_API_KEY", f" {SECRET}{end}")
    file = get_config_path()
    file.parent.mkdir(parents=True)
    file.touch(0o600)
    file.write_text(f"[profile.default]\napi_key = {json.dumps(SECRET + end)}\n")
    with serve_answers(Answer(401)) as script:
        for key in (SECRET + end, None):
            with Client(key, base_url=script.base) as killa, pytest.raises(AuthenticationFailed):
                killa.balance()
    assert {each.headers["authorization"] for each in script.requests} == {f"Bearer {SECRET}"}
    assert load_profile().api_key == SECRET


@pytest.mark.parametrize("middle", ["\n", "\r", " ", "\0", "…", "ü"])
def test_a_key_that_cannot_be_one_is_refused_and_not_quoted(middle: str) -> None:
    with pytest.raises(ConfigRefused, match="API key") as caught:
        Client(f"{SECRET}{middle}x", base_url="http://127.0.0.1:9")
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_a_header_that_cannot_be_sent_is_not_quoted() -> None:
    headers = {"Authorization": f"Bearer {SECRET}\n"}
    with (
        serve_answers(Answer()) as script,
        Client("", base_url=script.base, default_headers=headers, max_retries=0) as killa,
        pytest.raises(ConnectionFailed, match="LocalProtocolError") as caught,
    ):
        killa.balance()
    assert SECRET not in "".join(traceback.format_exception(caught.value))


def test_no_answer_shows_a_secret_or_the_signature_of_an_address() -> None:
    signed, shown = f"https://host.example/x?sig={SECRET}", set()
    for name in types.__all__:
        kind = getattr(types, name)
        if isinstance(kind, type) and issubclass(kind, Model):
            values = {
                field: signed if "ur" in field else SECRET
                for field in kind.model_fields
                if HIDDEN.search(field)
            }
            answer = kind.model_construct(None, **values)
            if SECRET in f"{answer!r} {answer}":
                shown.add(name)
    assert not shown


def test_a_field_since_a_release_keeps_its_alias_and_stays_hidden() -> None:
    class Made(WireModel):
        """Made for this test."""

        api_key: Annotated[str, Since("0.7", "''")] = Field(alias="theKey")
        secret: Annotated[list[str], Since("0.7", "Field(default_factory=list)")] = Field()

    rendered = list(_render_fields(Made))
    assert rendered[0] == "api_key: str = Field('', alias='theKey', repr=False)"
    assert rendered[1] == "secret: list[str] = Field(default_factory=list, repr=False)"


def test_the_log_writes_tasks_ids_and_numbers_and_no_other_text() -> None:
    body = {
        "task": "image.generate",
        "input": {"status": "my words", "mode": "hello", "task": "a.word", "width": 3},
        "steps": [{"operation": "video.generate", "input": {"prompt": "a fox"}}],
        "projectId": "proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF",
    }
    assert describe_fields(body) == (
        "task=image.generate, input.status=<8 characters>, input.mode=<5 characters>,"
        " input.task=<6 characters>, input.width=3, steps.0.operation=video.generate,"
        " steps.0.input.prompt=<5 characters>, projectId=proj_01J8ZQ4V8Y6T3N5R7W9XABCDEF"
    )
    assert describe_fields({"task": "my secret words"}) == "task=<15 characters>"
