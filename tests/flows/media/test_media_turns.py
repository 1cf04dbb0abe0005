"""Opening media is shared among accounts: what is too long is not decoded, and nobody waits for all
that another asks.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import Client, Gateway, assert_problem, serve_gateway, to_data_uri
from tests.media.made_media import write_film, write_repeated_film

REQUEST_COUNT, MEASURED_COUNT = 24, 5
UPSCALED: dict[str, tuple[str, dict[str, Any]]] = {
    "upscale": ("video.upscale", {}),
    "extend": ("video.extend", {"prompt": "on"}),
}


@pytest.mark.promise("jobs: fair-media")
@pytest.mark.parametrize("task", UPSCALED)
def test_what_a_header_says_to_be_too_long_is_not_decoded(
    client: Client, tmp_path: Path, task: str
) -> None:
    name, more = UPSCALED[task]
    noise = write_film(tmp_path / "film.mp4", frames=1)
    long = write_repeated_film(noise, tmp_path / "long.mp4", times=90, every=25, packet=b"noise")
    clip = to_data_uri("video/mp4", long.read_bytes())
    refused = assert_problem(
        client.submit(name, {"video": clip, **more}, dry=True), 422, "media_unreadable"
    )
    assert "longer than 60 s and 1500 frames" in refused["detail"]
    assert refused["hint"] == "Give a clip of at most 60 s and 1500 frames."
    assert refused["field"] == "input.video"


@pytest.mark.slow
@pytest.mark.promise("jobs: fair-media")
def test_a_flood_of_free_dry_runs_holds_up_no_other_account(data_dir: Path, tmp_path: Path) -> None:
    still = write_film(tmp_path / "still.mp4", frames=1, size=(3840, 2176))
    heavy = write_repeated_film(still, tmp_path / "heavy.mp4", times=400)
    clip = to_data_uri("video/mp4", heavy.read_bytes())
    light = to_data_uri("video/mp4", write_film(tmp_path / "light.mp4").read_bytes())
    with (
        serve_gateway(data_dir, KT_UNPAID_INSPECT_SECONDS="10") as gateway,
        gateway.account() as crowd,
        gateway.account() as single,
        ThreadPoolExecutor(REQUEST_COUNT) as pool,
    ):
        assert measure_dry_run(single, light) < 30  # all code is loaded now
        floods = [
            pool.submit(crowd.submit, "video.upscale", {"video": clip}, dry=True)
            for _ in range(REQUEST_COUNT)
        ]
        wait_until_inspecting(gateway)
        waits = [measure_dry_run(single, light) for _ in range(MEASURED_COUNT)]
        under_way = sum(not flood.done() for flood in floods)
        answers = [flood.result(120) for flood in floods]
    told = ", ".join(f"{wait:.2f}" for wait in waits)
    sys.stderr.write(f"\nbeside {under_way} dry runs of another account: {told} s\n")
    assert under_way > 0
    assert max(waits) < 10
    assert {answer.status_code for answer in answers} - {200, 422} == {429}
    for answer in answers:
        if answer.status_code == 429:
            assert_problem(answer, 429, "rate_limited")


def measure_dry_run(client: Client, clip: str) -> float:
    """Return how long the dry run of a clip takes."""
    began = time.monotonic()
    answer = client.submit("video.upscale", {"video": clip}, dry=True)
    assert answer.status_code == 200, answer.text
    return time.monotonic() - began


def wait_until_inspecting(gateway: Gateway) -> None:
    """Wait until a child of the gateway opens media."""
    assert gateway.process is not None
    threads = Path(f"/proc/{gateway.process.pid}/task")
    deadline = time.monotonic() + 30
    while not any("inspect_child" in words for words in list_child_commands(threads)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def list_child_commands(threads: Path) -> Iterator[str]:
    """Yield the command lines of the children of these threads, as far as they still run."""
    for children in threads.glob("*/children"):
        with suppress(OSError):
            for pid in children.read_text().split():
                yield Path(f"/proc/{pid}/cmdline").read_text()
