"""Films of 29.97 and 23.976 frames a second keep their exact rate from job to job."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from gateway.media.tasks.rules.adjustments import to_exact_rate
from tests.flows.media.test_films import probe_file
from tests.gateway import Client, to_data_uri
from tests.media.made_media import write_film

FRAMES = 60
NTSC, CINEMA = Fraction(30_000, 1001), Fraction(24_000, 1001)


def compute_price(microusd_a_second: Fraction | int, frames: int, fps: Fraction | int) -> int:
    """Return what so many frames cost, rounded up once."""
    return -int(-(microusd_a_second * frames / fps) // 1)


def upscale_upload(
    client: Client, tmp_path: Path, fps: Fraction, frames: int = 12, side: int = 64
) -> dict[str, Any]:
    """Return the enlarged film of an upload with this rate."""
    path = write_film(tmp_path / "upload.mp4", frames=frames, rate=fps, size=(side, side))
    given = {"video": to_data_uri("video/mp4", path.read_bytes()), "scale": 1.5}
    return client.run_job("video.upscale", given)


@pytest.mark.slow
@pytest.mark.promise("jobs: probe-equals-input")
@pytest.mark.parametrize("fps", [NTSC, CINEMA], ids=["ntsc", "cinema"])
def test_a_fractional_rate_stays_exact_from_job_to_job(
    client: Client, tmp_path: Path, fps: Fraction
) -> None:
    first = upscale_upload(client, tmp_path, fps, FRAMES, 176)
    again = {"jobId": first["jobId"], "scale": 1.5}
    early = client.submit("video.upscale", again, dry=True).json()
    assert early["priceMicrousd"] == compute_price(6_000, FRAMES - 1, fps)
    jobs = [
        (first, FRAMES, fps, compute_price(6_000, FRAMES - 1, fps)),
        (
            client.run_job("video.upscale", again),
            FRAMES,
            fps,
            compute_price(6_000, FRAMES - 1, fps),
        ),
    ]
    base = round(fps)
    longer = client.run_job(
        "video.extend", {"jobId": first["jobId"], "prompt": "on", "extendFrames": 8}
    )
    jobs.append((longer, FRAMES + 8, Fraction(base), compute_price(Fraction(30_000), 8, base)))
    joined = client.run_job("video.combine", {"clips": [{"jobId": first["jobId"]}] * 2})
    jobs.append((joined, 2 * FRAMES, fps, 10_000))
    for job, frames, exact, microusd in jobs:
        assert (job["status"], job["billing"]["chargedMicrousd"]) == ("succeeded", microusd), job
        found, (output,) = probe_file(client, job, tmp_path), job["outputs"]
        assert (found["fps"], found["frames"]) == (exact, frames)
        assert to_exact_rate(job["effectiveInput"]["fps"]) == to_exact_rate(output["fps"]) == exact
        assert (output["frames"], output["durationSeconds"]) == (frames, float(frames / exact))
        assert to_exact_rate(job["upstream"]["result"]["fps"]) == exact


@pytest.mark.parametrize("fps", [NTSC, CINEMA], ids=["ntsc", "cinema"])
def test_a_film_of_a_fractional_rate_is_priced_exactly_and_joins(
    client: Client, tmp_path: Path, fps: Fraction
) -> None:
    made = upscale_upload(client, tmp_path, fps)
    larger = {"jobId": made["jobId"], "target": "2160p"}
    dry = client.submit("video.upscale", larger, dry=True).json()
    assert dry["priceMicrousd"] == compute_price(40_000, 11, fps)
    joined = client.run_job("video.combine", {"clips": [{"jobId": made["jobId"]}] * 2})
    assert joined["status"] == "succeeded"
    found = probe_file(client, joined, tmp_path)
    assert (found["fps"], found["frames"]) == (fps, 24)


def test_what_is_kept_of_an_output_has_its_exact_rate(client: Client, tmp_path: Path) -> None:
    projects = client.http.post("/api/v1/studio/projects", json={"name": "Film"})
    project = projects.json()["projectId"]
    made = upscale_upload(client, tmp_path, NTSC)
    kept = client.http.post(
        "/api/v1/studio/assets/keep", json={"projectId": project, "jobId": made["jobId"]}
    )
    assert (kept.status_code, kept.json()["fps"]) == (201, 29.97003), kept.text
    asset = {"videoUrl": f"asset://{kept.json()['assetId']}", "target": "2160p"}
    dry = client.submit("video.upscale", asset, dry=True).json()
    assert dry["priceMicrousd"] == compute_price(40_000, 11, NTSC)
