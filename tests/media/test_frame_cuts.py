"""The bytes of videos whose frames are named count against what one request may fetch."""

from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

import pytest

from gateway.kit.disk import DiskReserve
from gateway.kit.errors import StorageFull
from gateway.kit.outgoing.safe_fetch import FetchBudget
from gateway.library.facts import MediaFacts
from gateway.library.inspection.turns import GATEWAY_BUDGET
from gateway.media.errors import MediaTooLarge
from gateway.media.inputs.frame_cuts import FrameCutter
from gateway.media.inputs.workspace import MediaWorkspace
from gateway.media.stored_media import StoredMedia
from gateway.storage.local import LocalStorage
from tests.workers.reel import write_numbered_film

pytestmark = pytest.mark.anyio

URL, KEY = "job://job_1/0", "outputs/job_1/0"


class Bucket(LocalStorage):
    """A storage whose bytes lie in no file of this machine."""

    def find_file(self, key: str) -> Any:  # noqa: ANN401, ARG002 - None, unlike a folder
        return None


def build_cutter(storage: LocalStorage, folder: Path, reserve_bytes: int = 0) -> FrameCutter:
    budgets = Mock()
    budgets.get_budget = _get_budget
    files = Mock(**{"new_key.return_value": "inputs/input_1/0"})
    return FrameCutter(storage, budgets, files, DiskReserve(folder, reserve_bytes))


async def _get_budget(_account: int, _book: str) -> Any:  # noqa: ANN401 - of the gateway itself
    return GATEWAY_BUDGET


@pytest.mark.parametrize("is_bucket", [True, False])
async def test_a_copied_video_counts_and_one_in_place_does_not(
    tmp_path: Path, *, is_bucket: bool
) -> None:
    film = write_numbered_film(tmp_path / "clip.mp4", range(9))
    storage = (Bucket if is_bucket else LocalStorage)(tmp_path / "store")
    await storage.put_file(KEY, film, "video/mp4")
    size = await storage.get_size(KEY)
    facts = MediaFacts(kind="video", mime_type="video/mp4", sha256="", size_bytes=size)
    video, scratch = StoredMedia(facts=facts, key=KEY, source=URL), tmp_path / "scratch"
    scratch.mkdir()
    cutter = build_cutter(storage, tmp_path)

    def open_workspace(most_bytes: int) -> MediaWorkspace:
        budget, numbers = FetchBudget(most_bytes, 0), {URL: {0, -1}}
        caller = cast("Any", Mock())
        return MediaWorkspace(caller, scratch, budget, submitting=True, frame_numbers=numbers)

    workspace = open_workspace(10 * size + 1_000_000)
    cut = [await cutter.get_frame(workspace, video, number) for number in (0, -1)]
    pictures = sum(each.facts.size_bytes for each in cut)
    spent = 10 * size + 1_000_000 - workspace.budget.bytes_left
    assert spent == pictures + (size if is_bucket else 0)
    with pytest.raises(StorageFull):
        await build_cutter(storage, tmp_path, 2**60).get_frame(open_workspace(size), video, 0)
    if is_bucket:
        with pytest.raises(MediaTooLarge):
            await cutter.get_frame(open_workspace(size - 1), video, 0)
