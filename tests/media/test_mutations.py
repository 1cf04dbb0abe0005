import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.media.mutations import build_media_file, mutate_bytes

pytestmark = pytest.mark.slow

KINDS = {"png": ("image", "PNG"), "mp4": ("video", "mov"), "wav": ("audio", "wav")}
MUTATIONS = 134
# One process imports the decoders, and each file is opened in a fork of it by the child's own code.
NURSERY = """
import os, sys
import av, PIL.Image, PIL.ImageCms, PIL.ImageOps
from gateway.library.inspection import image_encoding, inspect_child, stream_copy
for order in sys.stdin.read().splitlines():
    sys.stdout.flush()
    if not (child := os.fork()):
        sys.argv[1:] = [order]
        inspect_child.main()
    _, status = os.waitpid(child, 0)
    if status:
        print(flush=True)
"""


def measure_files(folder: Path, kind: str, files: list[bytes]) -> list[dict[str, Any]]:
    """Return the child's answer about each file; empty where the child died."""
    name, form = KINDS[kind]
    orders, opened = [], []
    for number, data in enumerate(files):
        (folder / f"{number}").write_bytes(data)
        source = (folder / f"{number}").open("rb")
        target = (folder / f"{number}.out").open("wb")
        opened += [source, target]
        order = {"kind": name, "format": form, "source": source.fileno()}
        order |= {"target": target.fileno(), "target_bytes": 2**26, "max_pixels": 40 * 2**20}
        order |= {"most_seconds": 600, "most_frames": None, "most_fps": None}
        orders.append(json.dumps(order | {"count": "decoding"}))
    ran = subprocess.run(
        [sys.executable, "-c", NURSERY],
        input="\n".join(orders),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=[file.fileno() for file in opened],
        text=True,
        timeout=60,
        check=True,
    )
    for file in opened:
        file.close()
    return [json.loads(line) if line else {} for line in ran.stdout.splitlines()]


@pytest.mark.promise("jobs: broken-media")
@pytest.mark.parametrize("kind", KINDS)
def test_of_a_file_changed_at_random_the_child_says_no_or_the_truth(
    tmp_path: Path, kind: str
) -> None:
    data = build_media_file(kind, tmp_path)
    files = [data, *(mutate_bytes(data, seed) for seed in range(MUTATIONS))]
    good, *said = measure_files(tmp_path, kind, files)
    assert "refused" not in good
    assert len(said) == MUTATIONS
    taken = {number: each for number, each in enumerate(said, 1) if "mimeType" in each}
    assert len(taken) < MUTATIONS
    kept = [(tmp_path / f"{number}.out").read_bytes() for number in taken]
    (tmp_path / "kept").mkdir()
    again = measure_files(tmp_path / "kept", kind, kept)
    for facts, same in zip(taken.values(), again, strict=True):
        for name in ("width", "height", "frames", "mimeType", "hasAudio"):
            assert same.get(name) == facts.get(name), (facts, same)
