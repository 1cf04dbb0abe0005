"""The playground without JavaScript: a form, its exact price, one job however often it is sent."""

import re
from collections.abc import Iterator
from html import unescape

import httpx2
import pytest

from gateway.media.tasks.catalogue import ENABLED_TASKS
from tests.gateway import Client, Gateway, draw_picture, picture_input

IMAGE = "/playground/image.generate"


@pytest.fixture
def page(gateway: Gateway, client: Client) -> Iterator[httpx2.Client]:
    with gateway.browser(client.account_id) as http:
        yield http


def read_hidden_field(text: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]*)"', text)
    assert found is not None, name
    return unescape(found[1])


@pytest.mark.parametrize("task", sorted(ENABLED_TASKS))
def test_each_task_has_a_form_of_its_own(page: httpx2.Client, task: str) -> None:
    assert f"/playground/{task}" in page.get("/playground").text
    shown = page.get(f"/playground/{task}")
    assert shown.status_code == 200
    assert 'role="alert"' not in shown.text
    assert "Show the price" in shown.text
    assert ("Run for $" in shown.text) == task.endswith(".generate")


@pytest.mark.promise("pages: playground")
def test_the_price_stands_on_the_button_and_one_form_is_one_job(
    client: Client, page: httpx2.Client
) -> None:
    form = {"prompt": "a fox", "width": "300", "height": "256", "count": "2"}
    priced = page.post(IMAGE, data=form | {"decision": "price"})
    assert priced.status_code == 200
    assert "Run for $0.04" in priced.text
    assert "is adjusted from 300 to 304" in priced.text
    assert client.get_balance()["heldUsd"] == "0.00"
    sent = form | {
        "decision": "run",
        "maxPriceUsd": read_hidden_field(priced.text, "maxPriceUsd"),
        "idempotencyKey": read_hidden_field(priced.text, "idempotencyKey"),
    }
    answers = [page.post(IMAGE, data=sent) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    (path,) = {answer.headers["location"] for answer in answers}
    job = client.wait_for_job(path.removeprefix("/jobs/"))
    assert (job["status"], job["billing"]["chargedUsd"]) == ("succeeded", "0.04")
    assert job["effectiveInput"]["width"] == 304
    code = unescape(page.get(path).text)
    assert '"prompt": "a fox"' in code
    assert "client.run(" in code
    assert '"name": "image_generate_prepare"' in code


@pytest.mark.parametrize("shown", ["0.02", "0.2", ""])
def test_a_job_costs_neither_more_nor_less_than_its_button_said(
    client: Client, page: httpx2.Client, shown: str
) -> None:
    sent = {"prompt": "a fox", "count": "4", "decision": "run", "maxPriceUsd": shown}
    refused = page.post(IMAGE, data=sent | {"idempotencyKey": "run-dear"})
    assert refused.status_code == 409
    assert "It costs $0.08 now" in refused.text
    assert "Run for $0.08" in refused.text
    assert read_hidden_field(refused.text, "idempotencyKey") == "run-dear"
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []


@pytest.mark.promise("pages: priced")
def test_a_price_is_that_of_the_form_it_was_shown_for(client: Client, page: httpx2.Client) -> None:
    form = {"prompt": "a fox", "width": "256", "height": "256"}
    priced = page.post(IMAGE, data=form | {"count": "2", "decision": "price"}).text
    names = ("maxPriceUsd", "pricedInput", "idempotencyKey")
    shown = {name: read_hidden_field(priced, name) for name in names} | {"decision": "run"}
    assert page.post(IMAGE, data=form | shown | {"count": "1"}).status_code == 409
    other = form | shown | {"count": "2", "prompt": "a red fox"}  # it costs the same
    assert page.post(IMAGE, data=other).status_code == 303
    (job,) = client.http.get("/api/v1/media/jobs").json()["data"]
    assert client.wait_for_job(job["jobId"])["billing"]["chargedUsd"] == "0.04"


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(page: httpx2.Client) -> None:
    refused = page.post(
        IMAGE, data={"prompt": "a <b>fox</b>", "width": "3", "height": "many", "decision": "price"}
    )
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert "must be a whole number" in refused.text
    assert "a &lt;b&gt;fox&lt;/b&gt;</textarea>" in refused.text
    assert "Run for" not in refused.text


def test_a_stranger_can_fill_in_a_form_and_signs_in_for_its_price(gateway: Gateway) -> None:
    with gateway.client(**{"Sec-Fetch-Site": "same-origin"}) as stranger:
        assert IMAGE in stranger.get("/playground").text
        shown = stranger.get(f"{IMAGE}?prompt=a%20fox").text
        assert "a fox</textarea>" in shown
        assert "Run for" not in shown
        assert "/login?returnPath=%2Fplayground%2Fimage.generate%3Fprompt%3Da%2520fox" in shown
        more = stranger.post("/playground/video.combine", data={"decision": "more"})
        assert 'name="clips.1.videoUrl"' in more.text
        for decision in ("price", "run"):
            sent = {"prompt": "a fox", "decision": decision}
            assert stranger.post(IMAGE, data=sent).status_code == 401


def test_without_credit_the_page_says_what_is_missing_and_offers_no_button(
    gateway: Gateway,
) -> None:
    with gateway.account("0.01") as poor, gateway.browser(poor.account_id) as page:
        shown = page.get(IMAGE).text
        assert "Not enough credit" in shown
        assert "Add credit" in shown
        assert "Run for" not in shown
        forced = {"prompt": "a fox", "decision": "run", "maxPriceUsd": "1"}
        answer = page.post(IMAGE, data=forced | {"idempotencyKey": "run-poor"})
        assert answer.status_code == 402
        assert "is missing" in answer.text


def test_only_a_page_of_ours_can_run_or_upload(client: Client, page: httpx2.Client) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    sent = {"prompt": "a fox", "decision": "run", "maxPriceUsd": "1", "idempotencyKey": "run-x"}
    assert page.post(IMAGE, data=sent, headers=foreign).status_code == 403
    upload = "/playground/upload?filename=fox.png"
    assert page.post(upload, content=draw_picture(8, 8), headers=foreign).status_code == 403
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []


def test_a_file_becomes_an_asset_that_the_form_can_name(
    client: Client, page: httpx2.Client
) -> None:
    upload = "/playground/upload?filename=a%20fox.png"
    kept = page.post(upload, content=draw_picture(256, 256)).json()
    assert kept["name"] == "a fox"
    priced = page.get("/playground/image.upscale", params={"imageUrl": kept["reference"]})
    assert "Run for $0.01" in priced.text
    refused = page.post("/playground/upload?filename=fox.png", content=b"no picture")
    assert refused.status_code in {415, 422}
    assert refused.json()["hint"]


def test_another_like_it_has_the_same_input_and_a_new_seed(
    client: Client, page: httpx2.Client
) -> None:
    made = client.run_job("image.generate", picture_input("a red fox", seed=7, outputFormat="webp"))
    shown = page.get(f"{IMAGE}?like={made['jobId']}").text
    assert "a red fox</textarea>" in shown
    assert '<option value="webp" selected>WebP</option>' in shown
    assert 'value="7"' not in shown
    assert "Run for $0.02" in shown


def test_what_comes_of_a_picture_goes_on_in_the_next_task(
    client: Client, page: httpx2.Client
) -> None:
    made = client.run_job("image.generate", picture_input())
    shown = page.get(f"/jobs/{made['jobId']}").text
    (link,) = re.findall(r'href="(/playground/image\.upscale\?[^"]+)"', shown)
    assert "Run for $0.01" in page.get(unescape(link)).text


def test_an_address_does_not_fill_in_clips(page: httpx2.Client) -> None:
    at = "/playground/video.combine"
    assert 'name="clips.1.videoUrl"' in page.get(at, params={"clips": "x"}).text


def test_clips_are_joined_with_what_is_cut_off_each(client: Client, page: httpx2.Client) -> None:
    clip = {"prompt": "a fox", "width": 256, "height": 256, "durationFrames": 25}
    made = client.run_job("video.generate", clip)["jobId"]
    rows = {
        "clips.0.videoUrl": f"job://{made}/0",
        "clips.0.trimTailFrames": "4",
        "clips.1.videoUrl": f"job://{made}/0",
        "clips.1.trimHeadFrames": "1",
    }
    at = "/playground/video.combine"
    more = page.post(at, data=rows | {"decision": "more"}).text
    assert 'name="clips.2.videoUrl"' in more
    assert (
        'name="clips.0.trimTailFrames" min="0" max="36000" step="1" inputmode="numeric" value="4"'
        in more
    )
    wrong = page.post(at, data=rows | {"clips.1.trimHeadFrames": "all", "decision": "price"})
    assert wrong.status_code == 422
    assert 'id="wrong-clips"' in wrong.text
    priced = page.post(at, data=rows | {"decision": "price"}).text
    sent = rows | {"decision": "run", "idempotencyKey": read_hidden_field(priced, "idempotencyKey")}
    path = page.post(
        at, data=sent | {"maxPriceUsd": read_hidden_field(priced, "maxPriceUsd")}
    ).headers["location"]
    job = client.wait_for_job(path.removeprefix("/jobs/"))
    assert job["outputs"][0]["frames"] == 45
    again = page.get(f"{at}?like={job['jobId']}").text
    assert f'value="job://{made}/0"' in again
