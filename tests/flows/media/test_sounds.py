"""Sound from a prompt: at its exact price, of its exact length, in the form that was asked for."""

import hashlib
import io
import re
from pathlib import Path
from typing import Any

import av
import pytest

from tests.flows.clients.shell import Shell
from tests.flows.clients.shell import shell as shell
from tests.gateway import Client, Gateway, assert_problem, picture_data_uri, quote_item
from tests.library.files import create_project, list_assets
from tests.mcp_clients import open_mcp_client, read_structured_answer

RAIN_INPUT = {"prompt": "rain on tin", "durationSeconds": 1.5, "seed": 7}


def fetch_output(client: Client, job: dict[str, Any]) -> tuple[bytes, str, str]:
    """Return the bytes of the one output, their media type, and the name of a download."""
    (url,) = job["downloadableOutputUrls"]
    answer = client.http.get(url)
    return answer.content, answer.headers["content-type"], url.partition("?")[0]


def measure_seconds(sound: bytes) -> float:
    with av.open(io.BytesIO(sound), "r") as container:
        (stream,) = container.streams.audio
        return sum(int(frame.samples) for frame in container.decode(stream)) / int(stream.rate)


@pytest.mark.promise("jobs: exact-sounds")
@pytest.mark.parametrize(
    ("form", "mime_type"), [("wav", "audio/wav"), ("flac", "audio/flac"), ("mp3", "audio/mpeg")]
)
def test_a_sound_is_as_long_as_it_was_priced(client: Client, form: str, mime_type: str) -> None:
    job = client.run_job("audio.generate", RAIN_INPUT | {"outputFormat": form})
    assert (job["status"], job["billing"]["chargedUsd"]) == ("succeeded", "0.00375")
    (output,) = job["outputs"]
    assert (output["kind"], output["mimeType"]) == ("audio", mime_type)
    assert [output[name] for name in ("width", "height", "frames", "fps", "posterUrl")] == [
        None
    ] * 5
    sound, served, path = fetch_output(client, job)
    assert (served, path.endswith(f"{job['jobId']}-0.{form}")) == (mime_type, True)
    assert (len(sound), hashlib.sha256(sound).hexdigest()) == (output["bytes"], output["sha256"])
    assert measure_seconds(sound) == output["durationSeconds"] == 1.5


def test_the_same_seed_is_the_same_sound_and_another_prompt_another(client: Client) -> None:
    first, again, other = (
        client.run_job("audio.generate", given)["outputs"][0]["sha256"]
        for given in (RAIN_INPUT, RAIN_INPUT, RAIN_INPUT | {"prompt": "wind"})
    )
    assert first == again != other


def test_quote_dry_run_and_replay_agree_and_a_failure_costs_nothing(client: Client) -> None:
    quote = client.quote(quote_item("audio.generate", RAIN_INPUT)).json()
    dry = client.submit("audio.generate", RAIN_INPUT, dry=True).json()
    assert quote["totalUsd"] == dry["priceUsd"] == "0.00375"
    one, two = (client.submit("audio.generate", RAIN_INPUT, key="rain") for _ in range(2))
    assert one.content == two.content
    client.wait_for_job(one.json()["jobId"])
    for words in ("fail", "bad-output"):
        failed = client.run_job(
            "audio.generate", RAIN_INPUT | {"prompt": f"rain [sandbox:{words}]"}
        )
        assert (failed["status"], failed["billing"]["chargedUsd"]) == ("failed", "0.00")
    assert client.get_balance()["balanceUsd"] == "4.99625"


@pytest.mark.parametrize("seconds", [0.5, 60.5])
def test_a_sound_lasts_1_to_60_seconds(client: Client, seconds: float) -> None:
    answer = client.submit("audio.generate", RAIN_INPUT | {"durationSeconds": seconds})
    assert assert_problem(answer, 422, "invalid_input")["field"] == "input.durationSeconds"


def test_a_clip_takes_the_sound_of_a_job_that_still_runs_by_name(client: Client) -> None:
    sound = client.submit("audio.generate", RAIN_INPUT).json()["jobId"]
    clip = {
        "prompt": "a roof in the rain",
        "width": 256,
        "height": 256,
        "durationFrames": 25,
        "startFrameImage": picture_data_uri(),
        "referenceAudioUrl": f"job://{sound}/0",
    }
    assert client.submit("video.generate", clip, dry=True).status_code == 200
    client.wait_for_job(sound)
    job = client.run_job("video.generate", clip)
    assert (job["status"], job["outputs"][0]["hasAudio"]) == ("succeeded", True)
    assert job["effectiveInput"]["referenceAudio"]["durationSeconds"] == 1.5
    wrong = client.submit("image.upscale", {"imageUrl": f"job://{sound}/0", "scale": 2})
    assert assert_problem(wrong, 415, "unsupported_media")["field"] == "input.imageUrl"


def test_a_kept_sound_is_an_asset_with_its_length(client: Client) -> None:
    home = create_project(client)
    client.run_job("audio.generate", RAIN_INPUT, projectId=home)
    (asset,) = list_assets(client, home)
    kept = {name: asset[name] for name in ("kind", "mimeType", "durationSeconds", "width")}
    assert kept == {
        "kind": "audio", "mimeType": "audio/wav", "durationSeconds": 1.5, "width": None,
    }  # fmt: skip


def test_the_pages_show_a_form_a_player_and_the_way_on(gateway: Gateway, client: Client) -> None:
    job = client.run_job("audio.generate", RAIN_INPUT)
    with gateway.browser(client.account_id) as page:
        form = page.get("/playground/audio.generate").text
        shown = page.get(f"/jobs/{job['jobId']}").text
        card = page.get("/jobs").text
    assert '<option value="flac">FLAC</option>' in form
    player = re.search(r'<audio controls[^>]* src="([^"]+)"', shown)
    assert player is not None
    assert f"{job['jobId']}-0.wav" in player[1]
    assert "1.5 s" in shown
    assert f"referenceAudioUrl=job%3A%2F%2F{job['jobId']}%2F0" in shown
    assert "1.5 s" in card


def test_the_command_line_saves_a_sound_under_its_own_name(shell: Shell) -> None:
    words = ("rain", "durationSeconds=1", "outputFormat=mp3", "--task", "audio.generate", "--yes")
    done = shell("generate", *words)
    (file,) = Path().glob("*.mp3")
    assert measure_seconds(file.read_bytes()) == 1
    assert "whatever its name says" not in done.output


@pytest.mark.anyio
async def test_a_plan_over_mcp_makes_a_sound(gateway: Gateway, client: Client) -> None:
    async with open_mcp_client(gateway, client.key) as mcp:
        plan = read_structured_answer(await mcp.call_tool("audio_generate_prepare", RAIN_INPUT))
        run = {"planId": plan["planId"], "planHash": plan["planHash"], "waitSeconds": 50}
        done = read_structured_answer(await mcp.call_tool("plan_execute", run))
    assert (plan["totalUsd"], done["outcome"]) == ("0.00375", "succeeded")
    assert done["jobs"][0]["outputs"][0]["kind"] == "audio"
