"""Frames of stored videos as inputs: all that a request names of one video are cut at once.

The cost of a request is bounded: by its videos, by the frames of each, and by their bytes, which
count against the same budget as what it fetches. A video in the storage of this machine is read
where it lies.
"""

from dataclasses import dataclass

from gateway.kit.disk import DiskReserve
from gateway.kit.errors import InvalidInput, NotFound
from gateway.library.inspection.frame_inspection import MOST_FRAMES, CutFrames, cut_frames
from gateway.library.inspection.inspector import LONGEST_VIDEO
from gateway.library.inspection.turns import InspectionBudgets
from gateway.media.errors import MediaNotFound, MediaTooLarge
from gateway.media.inputs.input_files import InputFiles, NewFile
from gateway.media.inputs.workspace import MediaWorkspace
from gateway.media.stored_media import StoredMedia
from gateway.storage.base import Storage, to_storage_error

MOST_VIDEOS = 32


@dataclass(frozen=True, slots=True)
class FrameCutter:
    """Cuts frames for one application; `disk` is the one of temporary files."""

    storage: Storage
    inspection_budgets: InspectionBudgets
    files: InputFiles
    disk: DiskReserve

    def check_counts(self, workspace: MediaWorkspace, video_url: str) -> None:
        """Check that a request names no more videos, and frames of this one, than it may.

        Raises:
            InvalidInput: it does.
        """
        if len(workspace.frame_numbers) > MOST_VIDEOS:
            raise InvalidInput(
                f"A request takes frames of {MOST_VIDEOS} videos at most.",
                hint="Send several requests with fewer items each.",
            )
        if len(workspace.frame_numbers[video_url]) > MOST_FRAMES:
            raise InvalidInput(
                f"A request takes {MOST_FRAMES} frames of one video at most.",
                hint="Send several requests with fewer items each.",
            )

    def find_used_frame(
        self, workspace: MediaWorkspace, video_url: str, number: int
    ) -> StoredMedia | None:
        """Return a frame that the request has named before; None if it has not."""
        return workspace.used_frames.get(f"{video_url}/frames/{number}")

    async def get_frame(
        self, workspace: MediaWorkspace, video: StoredMedia, number: int
    ) -> StoredMedia:
        """Return a frame of a video, to be stored; the first call cuts all that are named of it.

        Raises:
            InvalidInput: the video is too long, or has no such frame.
            Problem: it cannot be read or decoded, or takes too much time or room.
        """
        cut = workspace.cut_frames.get(video.source)
        if cut is None:
            _check_length(video)
            cut = await self._cut(workspace, video)
            workspace.cut_frames[video.source] = cut
        if number not in cut.images:
            raise _build_refusal(number, cut.frames or 0)
        image, source = cut.images[number], f"{video.source}/frames/{number}"
        media = StoredMedia(facts=image.facts, key=self.files.new_key(), source=source)
        workspace.new_files.append(NewFile(media, image.path))
        workspace.used_frames[source] = media
        return media

    async def _cut(self, workspace: MediaWorkspace, video: StoredMedia) -> CutFrames:
        caller, budget = workspace.caller, workspace.budget
        asker = await self.inspection_budgets.get_budget(caller.ledger_account, caller.book)
        in_place = self.storage.find_file(video.key)
        self.disk.require_room()
        file = in_place or workspace.folder / "video"
        try:
            if in_place is None:
                _take_bytes(workspace, video.facts.size_bytes)
                await self.storage.fetch_to(video.key, file)
            cut = await cut_frames(
                file,
                sorted(workspace.frame_numbers[video.source]),
                out_folder=workspace.folder,
                most_bytes=budget.bytes_left,
                budget=asker,
            )
        except NotFound:
            raise MediaNotFound("Its bytes are no longer stored.") from None
        except OSError as error:
            raise to_storage_error(error, video.key) from error
        finally:
            if in_place is None:
                file.unlink(missing_ok=True)
        budget.bytes_left -= sum(image.facts.size_bytes for image in cut.images.values())
        return cut


def _check_length(video: StoredMedia) -> None:
    """Refuse a video that is too long to take frames of, wherever it lies.

    Raises:
        InvalidInput: it is.
    """
    seconds = video.facts.duration or 0
    if seconds > LONGEST_VIDEO.seconds:
        raise InvalidInput(
            f"Frames are taken of videos of {LONGEST_VIDEO.seconds} seconds at most; this one has "
            f"{float(seconds):.2f}.",
            hint="Name a frame of one of the clips that it was made from.",
        )


def _take_bytes(workspace: MediaWorkspace, size_bytes: int) -> None:
    """Count the bytes of a copied video against what the request may fetch.

    Raises:
        MediaTooLarge: they are more than are left.
    """
    workspace.budget.bytes_left -= size_bytes
    if workspace.budget.bytes_left < 0:
        raise MediaTooLarge(
            "The videos whose frames are named are larger than one request may take.",
            hint="Name frames of fewer videos in one request.",
        )


def _build_refusal(number: int, frames: int) -> InvalidInput:
    return InvalidInput(
        f"There is no frame {number}: the video has {frames} frames.",
        hint=f"Give 0 to {frames - 1}, or -1 for the last frame to -{frames} for the first.",
    )
