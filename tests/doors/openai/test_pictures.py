"""Pictures at the OpenAI door: what comes back, and what it says of money and changes."""

import httpx2
import pytest

from tests.doors.openai.calls import (
    GENERATIONS,
    ask_picture,
    assert_refused,
    generate,
    open_picture,
)
from tests.gateway import Client


def test_a_picture_comes_as_base64_with_its_price(client: Client) -> None:
    answer = client.http.post(GENERATIONS, json=ask_picture(n=2, seed=7, output_format="webp"))
    body = answer.json()
    assert [open_picture(each["b64_json"]).format for each in body["data"]] == ["WEBP", "WEBP"]
    assert all(each.keys() == {"b64_json"} for each in body["data"])
    assert int(answer.headers["content-length"]) == len(answer.content)
    shown = {name: body[name] for name in ("size", "quality", "output_format", "background")}
    assert shown == {
        "size": "256x256", "quality": "medium", "output_format": "webp", "background": "opaque"
    }  # fmt: skip
    ours = body["killatamata"]
    assert (ours["price_usd"], ours["charged_usd"], ours["balance_usd"]) == ("0.04", "0.04", "4.96")
    assert (ours["seed"], ours["livemode"], ours["adjustments"]) == (7, False, [])
    assert answer.headers["x-killatamata-job-id"] == ours["job_id"]
    assert answer.headers["x-killatamata-price-usd"] == "0.04"
    assert answer.headers["x-credits-remaining-usd"] == "4.96"
    assert client.get_job(ours["job_id"])["status"] == "succeeded"


def test_a_picture_comes_as_a_url_alone(client: Client) -> None:
    for fields in ({"response_format": "url"}, {"model": "dall-e-3"}):
        (picture,) = generate(client.http, **fields)["data"]
        assert picture.keys() == {"url"}
        assert httpx2.get(picture["url"], trust_env=False).content[:4] == b"\x89PNG"


def test_a_name_of_the_operator_brings_its_defaults(client: Client) -> None:
    assert generate(client.http, model="dall-e-3")["quality"] == "high"
    assert generate(client.http, model="dall-e-3", quality="low")["quality"] == "medium"


def test_a_name_s_highest_price_yields_to_a_sent_one(client: Client) -> None:
    dear = client.http.post(GENERATIONS, json=ask_picture(model="thrifty"))
    assert_refused(dear, 402, "price_exceeds_max")
    assert generate(client.http, {"x-max-price-usd": "1"}, model="thrifty")["data"]
    assert generate(client.http, model="thrifty", max_price_usd="1")["data"]


def test_a_moved_size_is_said_in_body_and_header(http: httpx2.Client) -> None:
    answer = http.post(GENERATIONS, json=ask_picture(size="1000x256"))
    body = answer.json()
    assert body["size"] == "1008x256"
    assert answer.headers["x-killatamata-adjusted"] == "width=1008"
    (moved,) = body["killatamata"]["adjustments"]
    assert (moved["param"], moved["requested"], moved["effective"]) == ("size", 1000, 1008)
    strict = http.post(GENERATIONS, json=ask_picture(size="1000x256", strict=True))
    assert_refused(strict, 400, "adjustment_required")


def test_fields_without_effect_are_listed(http: httpx2.Client) -> None:
    answer = http.post(GENERATIONS, json=ask_picture(style="vivid", moderation="low", quality="hd"))
    assert answer.json()["killatamata"]["ignored"] == ["style", "moderation"]
    assert answer.headers["x-killatamata-ignored"] == "style, moderation"
    assert answer.json()["killatamata"]["price_usd"] == "0.03"


def test_a_key_gets_the_same_picture_again(client: Client) -> None:
    first, again = (generate(client.http, {"Idempotency-Key": "one"}) for _ in range(2))
    assert first["data"] == again["data"]
    assert first["killatamata"]["job_id"] == again["killatamata"]["job_id"]
    assert client.get_balance()["availableUsd"] == "4.98"
    other = client.http.post(
        GENERATIONS, json=ask_picture(prompt="an owl"), headers={"Idempotency-Key": "one"}
    )
    assert_refused(other, 409, "idempotency_conflict")
    assert other.headers["x-should-retry"] == "false"


def test_the_person_is_kept_in_the_metadata(client: Client) -> None:
    ours = generate(client.http, user="p-7", metadata={"order": "12"})["killatamata"]
    assert client.get_job(ours["job_id"])["metadata"] == {"order": "12", "user": "p-7"}


@pytest.mark.parametrize(
    ("fields", "code", "param", "hint"),
    [
        ({"negative_promt": "x"}, "unknown_parameter", "negative_promt", "`negative_prompt`"),
        ({"svg": True}, "unknown_parameter", "svg", "Known fields"),
        ({"n": 5}, "invalid_input", "n", "4"),
        ({"n": "2"}, "invalid_input", "n", ""),
        ({"size": "big"}, "invalid_input", "size", "1024x1024"),
        ({"size": "4096x256"}, "invalid_input", "size", "2048"),
        ({"output_format": "gif"}, "invalid_input", "output_format", ""),
        ({"background": "transparent"}, "invalid_input", "background", "transparent"),
        ({"quality": "ultra"}, "invalid_input", "quality", ""),
        ({"prompt": " "}, "invalid_input", "prompt", ""),
        ({"model": "gpt-imagine"}, "model_not_found", "model", "killatamata-image"),
        ({"model": "killatamata-video"}, "invalid_input", "model", "killatamata-image"),
        ({"max_price_usd": "0.01"}, "price_exceeds_max", None, "`price_usd`"),
        ({"project_id": "proj_" + "0" * 26}, "not_found", "project_id", ""),
        ({"user": "a", "metadata": {"user": "b"}}, "conflicting_input", "user", "once"),
        ({"metadata": {"a": "b\u0000"}}, "invalid_input", "metadata", ""),
        ({"webhook": {"url": "http://127.0.0.1/"}}, "webhook_url_refused", "webhook", ""),
    ],
)
def test_a_refusal_names_the_field_as_the_client_did(
    client: Client, fields: dict[str, object], code: str, param: str | None, hint: str
) -> None:
    answer = client.http.post(GENERATIONS, json=ask_picture(**fields))
    statuses = {"model_not_found": 404, "not_found": 404, "price_exceeds_max": 402}
    error = assert_refused(answer, statuses.get(code, 400), code)
    assert error["param"] == param
    assert hint in error["hint"]
    assert answer.headers["x-should-retry"] == "false"
    assert client.get_balance()["availableUsd"] == "5.00"
