"""The models of the OpenAI door: ours, those of the operator, and no other."""

import httpx2

from tests.doors.openai.calls import assert_refused
from tests.gateway import Gateway

MODELS = "/v1/models"


def test_the_list_holds_our_models_and_those_of_the_operator(http: httpx2.Client) -> None:
    body = http.get(MODELS, params={"api-version": "2024-02-01"}).json()
    shown = {each["id"]: each["killatamata"]["tasks"] for each in body["data"]}
    assert body["object"] == "list"
    assert shown["image.edit"] == ["image.edit"]
    assert "image.generate" in shown["killatamata-image"]
    assert "video.extend" in shown["killatamata-video"]
    assert shown["gpt-image-*"] == shown["dall-e-3"] == shown["killatamata-image"]
    task = body["data"][0]["killatamata"]
    assert task["price"]["image.generate"]["unit"] == "image"
    assert task["limits"]["image.generate"]["count"] == {"minimum": 1, "maximum": 4}
    assert task["capacity"]["image.generate"]["state"] == "available"


def test_one_model_is_found_by_each_of_its_names(http: httpx2.Client) -> None:
    for name in ("killatamata-image", "gpt-image-1-mini", "gpt-image-*", "video.generate"):
        assert http.get(f"{MODELS}/{name}").json()["id"] == name
    error = assert_refused(http.get(f"{MODELS}/gpt-5"), 404, "model_not_found")
    assert "`killatamata-image`" in error["hint"]


def test_without_a_good_key_nothing_is_shown(gateway: Gateway) -> None:
    for key in (None, "kt_test_" + "0" * 38):
        with gateway.client(key) as stranger:
            for path in (MODELS, f"{MODELS}/killatamata-image"):
                answer = stranger.get(path)
                error = assert_refused(answer, 401, "unauthorized")
                assert error["type"] == "authentication_error"
                assert answer.headers["www-authenticate"] == "Bearer"


def test_a_request_for_another_host_is_refused_in_the_same_form(http: httpx2.Client) -> None:
    assert_refused(http.get(MODELS, headers={"host": "other.example"}), 421, "misdirected_request")


def test_a_dry_run_is_not_taken_for_a_picture(http: httpx2.Client) -> None:
    body = {"prompt": "a fox"}
    answer = http.post("/v1/images/generations", json=body, params={"dryRun": "1"})
    assert assert_refused(answer, 400, "unknown_parameter")["param"] == "dryRun"


def test_what_is_not_here_is_refused_in_the_same_form(http: httpx2.Client) -> None:
    assert_refused(http.post("/v1/chat/completions", json={}), 404, "unknown_url")
    answer = http.get("/v1/images/generations")
    assert_refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"
    assert_refused(http.post("/v1/images/variations"), 400, "unsupported_operation")
