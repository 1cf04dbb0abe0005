"""Films: what was asked for, what was promised, and what is in the file."""

from pathlib import Path
from typing import Any

import av
import pytest

from tests.gateway import Client, assert_problem, picture_data_uri

SMALL = {"width": 256, "height": 256}


def probe_file(client: Client, job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Fetch the file of a job and measure it by decoding all of it."""
    (url,) = job["downloadableOutputUrls"]
    path = folder / f"{job['jobId']}.mp4"
    path.write_bytes(client.http.get(url).content)
    with av.open(str(path)) as container:
        (video,), sounds = container.streams.video, container.streams.audio
        found: dict[str, Any] = {
            "width": video.codec_context.width,
            "height": video.codec_context.height,
            "fps": video.average_rate,
            "codecs": [stream.codec_context.name for stream in container.streams],
            "sound": [float((each.duration or 0) * (each.time_base or 0)) for each in sounds],
            "metadata": str(dict(container.metadata)),
        }
        found["frames"] = sum(1 for _ in container.decode(video=0))
    return found


@pytest.mark.promise("jobs: adjusted-video")
@pytest.mark.promise("jobs: probe-equals-input")
def test_a_film_off_the_grid_is_adjusted_and_the_file_agrees(
    client: Client, tmp_path: Path
) -> None:
    given = {"prompt": "a fox SECRETWORD", "width": 640, "height": 360, "durationFrames": 12}
    answer = client.submit("video.generate", given)
    assert answer.status_code == 202
    promised = answer.json()["effectiveInput"]
    assert (promised["width"], promised["height"], promised["durationFrames"]) == (640, 384, 9)
    rules = {each["field"]: each for each in answer.json()["inputAdjustments"]}
    assert (rules["height"]["rule"], rules["height"]["requested"]) == ("multiple_of_64", 360)
    assert (rules["durationFrames"]["rule"], rules["durationFrames"]["effective"]) == ("8n+1", 9)
    job = client.wait_for_job(answer.json()["jobId"])
    assert (job["status"], job["billing"]["chargedUsd"]) == ("succeeded", "0.006667")
    assert job["effectiveInput"] == promised
    found = probe_file(client, job, tmp_path)
    assert (found["width"], found["height"], found["frames"]) == (640, 384, 9)
    assert found["fps"] == promised["fps"] == 24
    assert found["codecs"] == ["h264", "aac"]
    assert found["sound"] == pytest.approx([9 / 24], abs=0.001)
    assert "SECRETWORD" not in found["metadata"]
    (output,) = job["outputs"]
    shown = (output["width"], output["height"], output["frames"], output["fps"])
    assert shown == (640, 384, 9, 24)


def test_strict_refuses_what_would_be_adjusted(client: Client) -> None:
    given = {"prompt": "a fox", "width": 640, "height": 360, "durationFrames": 12}
    refused = client.submit("video.generate", given, strict=True)
    told = assert_problem(refused, 422, "adjustment_required")
    effective = {each["field"]: each["effective"] for each in told["errors"]}
    assert {name.removeprefix("input."): value for name, value in effective.items()} == {
        "height": 384,
        "durationFrames": 9,
    }
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []


@pytest.mark.promise("jobs: same-terms")
@pytest.mark.promise("jobs: refused-leaves-nothing")
def test_a_dry_run_says_what_a_submit_does_and_stores_nothing(client: Client) -> None:
    given = {"prompt": "a fox", "width": 640, "height": 360, "durationFrames": 12, "seed": 5}
    dry = client.submit("video.generate", given, dry=True, key="dry")
    assert dry.status_code == 200
    assert (dry.json()["priceUsd"], dry.json()["affordable"]) == ("0.006667", True)
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []
    assert client.get_balance()["heldMicrousd"] == 0
    wet = client.submit("video.generate", given, key="dry").json()
    for name in ("effectiveInput", "inputAdjustments", "warnings"):
        assert wet[name] == dry.json()[name]
    assert wet["billing"]["priceMicrousd"] == dry.json()["priceMicrousd"]
    ended = client.wait_for_job(wet["jobId"])
    assert ended["billing"]["chargedMicrousd"] == dry.json()["priceMicrousd"]


@pytest.mark.promise("engines: combine-exact")
def test_clips_combine_to_exactly_the_frames_that_are_left(client: Client, tmp_path: Path) -> None:
    given = {"prompt": "a fox", **SMALL, "durationFrames": 17}
    answers = [client.submit("video.generate", given | {"seed": seed}) for seed in range(3)]
    clips = [{"jobId": client.wait_for_job(each.json()["jobId"])["jobId"]} for each in answers]
    film = client.run_job("video.combine", {"clips": clips, "overlapFrames": 8})
    assert (film["status"], film["billing"]["chargedUsd"]) == ("succeeded", "0.015")
    assert film["effectiveInput"]["outputFrames"] == 17 + 9 + 9
    found = probe_file(client, film, tmp_path)
    assert found["frames"] == 17 + 9 + 9
    assert found["sound"] == pytest.approx([35 / 24], abs=0.001)


def test_anchors_come_as_data_and_bind_the_film(client: Client, tmp_path: Path) -> None:
    given = {
        "prompt": "a fox",
        **SMALL,
        "durationFrames": 25,
        "overlapFrameImages": [picture_data_uri(shade=shade * 10) for shade in range(9)],
        "finalFrameImage": picture_data_uri(shade=250, form="webp"),
    }
    job = client.run_job("video.generate", given)
    assert (job["status"], job["effectiveInput"]["overlapFrames"]) == ("succeeded", 9)
    final = job["effectiveInput"]["finalFrameImage"]
    assert (final["mimeType"], final["width"]) == ("image/webp", 256)
    assert "base64" not in str(job["effectiveInput"])
    assert probe_file(client, job, tmp_path)["frames"] == 25


def test_a_start_frame_of_another_shape_is_cropped_and_said(client: Client) -> None:
    given = {
        "prompt": "a fox",
        **SMALL,
        "durationFrames": 9,
        "startFrameImage": picture_data_uri(512, 256),
    }
    answer = client.submit("video.generate", given)
    assert answer.status_code == 202, answer.text
    assert "anchor_cropped" in [each["rule"] for each in answer.json()["inputAdjustments"]]
    assert client.wait_for_job(answer.json()["jobId"])["status"] == "succeeded"


def test_a_source_that_is_not_finished_is_priced_but_not_run(client: Client) -> None:
    given = {"prompt": "a fox [sandbox:slow=30]", **SMALL, "durationFrames": 17}
    source = client.submit("video.generate", given).json()["jobId"]
    extend = {"jobId": source, "prompt": "it runs", "extendFrames": 8}
    dry = client.submit("video.extend", extend, dry=True)
    assert (dry.status_code, dry.json()["effectiveInput"]["outputFrames"]) == (200, 25)
    assert (
        assert_problem(client.submit("video.extend", extend), 409, "source_not_ready")["jobId"]
        == source
    )
    client.cancel_job(source)


def test_a_tail_of_an_extension_joins_without_saying_how_much_to_cut(
    client: Client, tmp_path: Path
) -> None:
    source = client.run_job("video.generate", {"prompt": "a fox", **SMALL, "durationFrames": 17})
    tail = client.run_job(
        "video.extend",
        {"jobId": source["jobId"], "prompt": "it runs", "extendFrames": 8, "outputMode": "tail"},
    )
    assert tail["effectiveInput"]["outputFrames"] == 9 + 8
    clips = [{"jobId": source["jobId"]}, {"jobId": tail["jobId"]}]
    film = client.run_job("video.combine", {"clips": clips})
    assert probe_file(client, film, tmp_path)["frames"] == 17 + 8
