"""No key, no address that opens a file, and no text of a user in an error or in the log."""

import traceback
from collections.abc import Callable

import pytest

from killatamata import Client, UnexpectedResponse
from killatamata.call_log import describe_fields, to_loggable_url
from killatamata.events import JobEvent
from tests.client.scripted import Answer, serve_answers
from tests.client.test_calls import KEY

SECRET = "kt_test_SECRET"


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
