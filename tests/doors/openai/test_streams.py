"""Streamed pictures: refusals come before the stream, pictures and failures in it."""

import json
from typing import Any

import httpx2
import pytest

from tests.doors.openai.calls import EDITS, GENERATIONS, ask_picture, assert_refused, open_picture
from tests.gateway import Client, draw_picture


def read_events(answer: httpx2.Response) -> list[tuple[str, dict[str, Any]]]:
    """Return the events of a stream that has ended; check that it is one."""
    assert answer.headers["content-type"].startswith("text/event-stream"), answer.text
    blocks = [block for block in answer.text.split("\n\n") if block and not block.startswith(":")]
    events = []
    for block in blocks:
        kind, data = block.split("\n")
        events.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return events


def test_a_stream_has_one_event_a_picture(client: Client) -> None:
    answer = client.http.post(GENERATIONS, json=ask_picture(n=2, stream=True, partial_images=2))
    assert answer.headers["x-killatamata-price-usd"] == "0.04"
    assert ": " in answer.text.split("\n")[0]  # a comment, so that the headers leave at once
    events = read_events(answer)
    assert [kind for kind, _ in events] == ["image_generation.completed"] * 2
    for kind, data in events:
        assert data["type"] == kind
        assert open_picture(data["b64_json"]).size == (256, 256)
        assert (data["size"], data["output_format"]) == ("256x256", "png")
        assert (data["background"], data["usage"]["total_tokens"]) == ("opaque", 0)
        assert data["created_at"] > 1_700_000_000
        assert data["killatamata"]["ignored"] == ["partial_images"]
        assert data["killatamata"]["charged_usd"] == "0.04"
    assert client.get_balance()["availableUsd"] == "4.96"


def test_an_edit_streams_too(client: Client) -> None:
    answer = client.http.post(
        EDITS,
        data={"prompt": "at night", "stream": "true"},
        files={"image": ("fox.png", draw_picture(256, 256))},
    )
    ((kind, data),) = read_events(answer)
    assert kind == data["type"] == "image_edit.completed"
    assert open_picture(data["b64_json"]).size == (256, 256)


def test_a_failure_is_an_event(client: Client) -> None:
    answer = client.http.post(
        GENERATIONS, json=ask_picture(prompt="[sandbox:content]", stream=True)
    )
    ((kind, data),) = read_events(answer)
    assert kind == data["type"] == "error"
    assert data["error"]["code"] == "content_rejected"
    assert "Nothing was charged" in data["error"]["message"]
    assert client.get_balance()["availableUsd"] == "5.00"


@pytest.mark.promise("openai: streams")
def test_a_refusal_comes_before_the_stream(client: Client) -> None:
    wrong = client.http.post(GENERATIONS, json=ask_picture(n=9, stream=True))
    assert_refused(wrong, 400, "invalid_input")
    url = client.http.post(GENERATIONS, json=ask_picture(stream=True, response_format="url"))
    assert_refused(url, 400, "conflicting_input")
    poor = client.http.post(GENERATIONS, json=ask_picture(stream=True, max_price_usd="0.01"))
    assert_refused(poor, 402, "price_exceeds_max")
