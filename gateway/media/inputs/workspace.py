"""The workspace in which the media of one request are measured."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.kit.operation import Caller
from gateway.kit.outgoing.safe_fetch import FetchBudget
from gateway.library.inspection.frame_inspection import CutFrames
from gateway.media.inputs.input_files import NewFile
from gateway.media.stored_media import StoredMedia

ATTACHED_SCHEME = "attached://"
"""The scheme of a reference to a file that came with the request; its sha256 follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedOutput:
    """An output that a job or a plan's step will make: size and frames are decided before."""

    name: str
    task: str
    effective_input: Mapping[str, Any]
    overlap_frames: int | None


@dataclass(frozen=True, slots=True)
class MediaWorkspace:
    """The workspace of one request's media: its caller, temporary folder and fetch budget.

    `submitting` requires that every output exists; else a promised one is enough. `promises` are
    the earlier steps of the same plan by key, for `step://KEY/n`; `attachments` the files that came
    with the request by hash, for `attached://SHA256`. `new_files` were measured in this workspace
    and are not stored yet. `frame_numbers` are the frames that the request names, by the URL of
    their video; `cut_frames` those that were cut, and `used_frames` the media of
    those, by their own URL.
    """

    caller: Caller
    folder: Path
    budget: FetchBudget
    submitting: bool = field(kw_only=True)
    promises: dict[str, PromisedOutput] = field(default_factory=dict, kw_only=True)
    attachments: Mapping[str, Path] = field(default_factory=dict, kw_only=True)
    new_files: list[NewFile] = field(default_factory=list, kw_only=True)
    frame_numbers: Mapping[str, Collection[int]] = field(default_factory=dict, kw_only=True)
    cut_frames: dict[str, CutFrames] = field(default_factory=dict, kw_only=True)
    used_frames: dict[str, StoredMedia] = field(default_factory=dict, kw_only=True)
