"""The worked examples through the front door: one answer, whether run dry, quoted or submitted."""

import io
import wave
from collections.abc import Mapping
from typing import Any

import av
import numpy as np
import pytest

from gateway.media.stored_media import StoredMedia
from tests.gateway import Client, picture_data_uri, quote_item, to_data_uri
from tests.media.tasks.examples import EXAMPLES, WorkedExample

# The others take the sandbox too long; they are submitted, compared and canceled.
RUN_EXAMPLES = {
    "a picture width moves to the grid",
    "an edit in high detail with one reference",
    "an upscale by four",
}
REFERENCES = ("Url", "Urls", "jobId")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A real clip of 121 frames of 1280x704 at 24 a second, as a data URI."""
    path = tmp_path_factory.mktemp("film") / "clip.mp4"
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", 24, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = 1280, 704, "yuv420p"
        sound = container.add_stream("aac", 48_000, layout="mono")
        for number in range(121):
            shade = np.full((704, 1280, 3), number, np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        quiet = av.AudioFrame.from_ndarray(np.zeros((1, 242_000), np.float32), "fltp", "mono")
        quiet.sample_rate = 48_000
        container.mux([*video.encode(None), *sound.encode(quiet), *sound.encode(None)])
    return to_data_uri("video/mp4", path.read_bytes())


def make_silence(seconds: int) -> str:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * 16_000 * seconds))
    return to_data_uri("audio/wav", stream.getvalue())


def build_example_input(example: WorkedExample, film: str) -> dict[str, Any]:
    """Return the input with real media inline, in place of the references of the page."""

    def real(media: StoredMedia) -> str:
        facts = media.facts
        if facts.kind == "video":
            return film
        if facts.kind == "audio":
            return make_silence(int(facts.duration or 0))
        return picture_data_uri(facts.width or 0, facts.height or 0, form="webp")

    asked = {name: value for name, value in example.asked.items() if not name.endswith(REFERENCES)}
    for name, media in example.media.items():
        if name == "clips":
            asked[name] = [{"video": real(one)} for one in media]
        else:
            asked[name] = [real(one) for one in media] if name[-1] == "s" else real(media[0])
    return asked


def select_agreed_terms(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the terms about which a submit, a dry run and a quoted item must agree."""
    price = answer.get("billing", answer)
    effective = {name: v for name, v in answer["effectiveInput"].items() if name != "seed"}
    return {
        "effectiveInput": effective,
        **{name: answer[name] for name in ("inputAdjustments", "warnings")},
        **{
            name: price[name] for name in ("priceUsd", "priceMicrousd", "priceVersion", "breakdown")
        },
    }


@pytest.mark.promise("jobs: same-terms")
@pytest.mark.parametrize("name", EXAMPLES)
def test_submit_dry_run_and_quote_say_the_same(client: Client, film: str, name: str) -> None:
    example = EXAMPLES[name]
    asked = build_example_input(example, film)
    dry = client.submit(example.task, asked, dry=True)
    assert dry.status_code == 200, dry.text
    quote = client.create_quote(quote_item(example.task, asked))
    (quoted,) = quote["items"]
    wet = client.submit(example.task, asked, quoteId=quote["quoteId"])
    assert wet.status_code == 202, wet.text
    assert wet.json()["effectiveInput"] == quoted["effectiveInput"]
    assert (
        select_agreed_terms(dry.json())
        == select_agreed_terms(quoted)
        == select_agreed_terms(wet.json())
    )
    assert {n: quoted["effectiveInput"][n] for n in example.effective} == example.effective
    changes = [tuple(each.values())[:4] for each in quoted["inputAdjustments"]]
    assert changes == list(example.changes)
    assert quoted["priceUsd"] == quote["totalUsd"] == example.usd
    job_id = wet.json()["jobId"]
    if name not in RUN_EXAMPLES:
        assert client.cancel_job(job_id).json()["billing"]["state"] == "released"
        return
    job = client.wait_for_job(job_id)
    assert (job["status"], job["effectiveInput"]) == ("succeeded", quoted["effectiveInput"])
    assert job["billing"]["chargedMicrousd"] == quoted["priceMicrousd"]


@pytest.mark.promise("jobs: rounding-is-free")
def test_frames_that_rounding_adds_are_not_billed(client: Client) -> None:
    asked = {"prompt": "the fox opens the hatch", "width": 640, "height": 512}
    odd = client.submit("video.generate", asked | {"durationFrames": 125}, dry=True).json()
    (moved,) = odd["inputAdjustments"]
    assert (moved["requested"], moved["effective"]) == (125, 129)
    assert odd["effectiveInput"]["durationFrames"] == 129
    assert odd["priceMicrousd"] == -(-20_000 * 124 // 24)
    assert odd["breakdown"]["freeFrames"] == 4
    (quoted,) = client.create_quote(quote_item("video.generate", asked | {"durationFrames": 125}))[
        "items"
    ]
    assert select_agreed_terms(quoted) == select_agreed_terms(odd)
    even = client.submit("video.generate", asked | {"durationFrames": 129}, dry=True).json()
    assert even["priceMicrousd"] == -(-20_000 * 128 // 24)
    assert "freeFrames" not in even["breakdown"]
    tasks = client.http.get("/api/v1/media/tasks?task=video.generate").json()["data"]
    assert "rounding adds are not billed" in tasks[0]["price"]["formula"]
