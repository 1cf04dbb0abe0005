"""Media references of an input, resolved to measured media.

A reference is inline bytes, a public URL, an asset, an output of a job, a frame of one of those, or
a step of a plan. New bytes are measured in a child process, because they may be hostile, and
`input_files` stores them once all else is decided. Outputs and assets were measured when they were
stored, and are used where they lie. Each refusal names the field of its reference.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from gateway.kit.database.sessions import Database
from gateway.kit.errors import NotFound, Problem
from gateway.kit.operation import Caller, to_sent_fields
from gateway.kit.outgoing.guarded_transport import FetchRefused
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.library import asset_queries
from gateway.library.errors import SourceUnreachable, UnsupportedMedia
from gateway.library.inspection.inspector import (
    LONGEST_VIDEO,
    InspectedMedia,
    inspect_media,
)
from gateway.library.inspection.turns import InspectionBudget, InspectionBudgets
from gateway.library.kinds import KINDS
from gateway.media.errors import MediaNotFound, SourceNotReady
from gateway.media.inputs.frame_cuts import FrameCutter
from gateway.media.inputs.input_files import INPUTS_FOLDER, InputFiles, NewFile
from gateway.media.inputs.kept_media import find_kept_media, to_asset_media, to_stored_media
from gateway.media.inputs.promised_media import build_promised_media
from gateway.media.inputs.workspace import ATTACHED_SCHEME, MediaWorkspace, PromisedOutput
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.states import OPEN_JOB_STATES, JobState
from gateway.media.stored_media import StoredMedia
from gateway.media.tables import Job, Output
from gateway.media.tasks.base import (
    InlineBytes,
    JobReference,
    Media,
    Reference,
    TaskInput,
    UrlReference,
)
from gateway.media.tasks.input_json import InputJson
from gateway.media.tasks.inputs.frame_urls import group_frame_numbers, parse_frame_url
from gateway.media.tasks.inputs.references import replace_value_at
from gateway.storage.base import Storage

JOB_URL = re.compile(r"job://(job_[0-9A-Z]{26})/([0-9])")
STEP_URL = re.compile(r"step://([A-Za-z0-9][A-Za-z0-9_-]{0,63})/([0-9])")
NO_FOLDER = Path(os.devnull)
ASSET_SCHEME, CLIPS_FIELD = "asset://", "clips"
MOST_SOURCE_CHARACTERS = 300
OUTPUT_PATH = re.compile(r"/files/outputs/(job_[0-9A-Z]{26})/([0-9])/[^/]+")


@dataclass(frozen=True, slots=True)
class InputResolver:
    """Resolves references to media for one application."""

    database: Database
    storage: Storage
    urls: OutputUrls
    fetcher: SafeFetch
    inspection_budgets: InspectionBudgets
    files: InputFiles
    frames: FrameCutter

    @contextmanager
    def open_workspace(
        self,
        caller: Caller,
        references: Sequence[Reference],
        *,
        submitting: bool,
        attachments: Mapping[str, Path] = MappingProxyType({}),
    ) -> Iterator[MediaWorkspace]:
        """Open a workspace for media, with one budget for all that it fetches.

        Its folder is removed at the end; without references none is made.
        """
        budget = self.fetcher.new_budget()
        if not references:
            yield MediaWorkspace(caller, NO_FOLDER, budget, submitting=submitting)
            return
        urls = [each.source.url for each in references if isinstance(each.source, UrlReference)]
        with tempfile.TemporaryDirectory(prefix="kt-input-") as folder:
            yield MediaWorkspace(
                caller,
                Path(folder),
                budget,
                submitting=submitting,
                attachments=attachments,
                frame_numbers=group_frame_numbers(urls),
            )

    async def resolve(
        self,
        workspace: MediaWorkspace,
        references: Sequence[Reference],
        *,
        earlier_media: Media = MappingProxyType({}),
    ) -> dict[str, list[StoredMedia]]:
        """Measure all references; the workspace collects the new files, for `InputFiles.keep`.

        `earlier_media` is the media of an earlier request of the same form: bytes that were stored
        for it are used again instead of fetched, for a URL may give other bytes by now.

        Raises:
            Problem: naming the field whose media cannot be used.
        """
        media: dict[str, list[StoredMedia]] = {}
        for reference in references:
            with _name_field_in_refusals(reference):
                before = earlier_media[reference.field][reference.index] if earlier_media else None
                if before is not None and before.key.startswith(f"{INPUTS_FOLDER}/"):
                    one = await self._fetch_stored(workspace, before)
                else:
                    one = await self._resolve_reference(workspace, reference)
            media.setdefault(reference.field, []).append(one)
        return media

    async def resolve_promises(
        self, workspace: MediaWorkspace, references: Sequence[Reference], media: Media
    ) -> Media:
        """Return earlier media with the outputs that were only promised then resolved now.

        Raises:
            Problem: naming the field whose output does not exist yet.
        """
        earlier = {name: iter(many) for name, many in media.items()}
        settled: dict[str, list[StoredMedia]] = {}
        for reference in references:
            one = next(earlier[reference.field])
            if not one.key:  # only promised
                with _name_field_in_refusals(reference):
                    one = await self._resolve_reference(workspace, reference)
            settled.setdefault(reference.field, []).append(one)
        return settled

    def build_canonical_input(
        self, task_input: TaskInput, references: Sequence[Reference]
    ) -> InputJson:
        """Return an input as sent, but with our own output URLs as `job://`.

        The signature in such a URL changes, and a retry with the same idempotency key would count
        as another request.
        """
        canonical = to_sent_fields(task_input)
        for reference in references:
            if isinstance(reference.source, UrlReference):
                ours = self._parse_output_source(reference.source)
                if ours is not None:
                    replace_value_at(canonical, reference.path, f"job://{ours[0]}/{ours[1]}")
        return canonical

    async def _resolve_reference(
        self, workspace: MediaWorkspace, reference: Reference
    ) -> StoredMedia:
        given = reference.source
        if isinstance(given, InlineBytes):
            return await self._measure_inline(workspace, given, reference)
        ours = self._parse_output_source(given)
        if ours is not None:
            return await self._load_output(workspace, *ours, reference)
        return await self._resolve_url(workspace, str(getattr(given, "url", "")), reference)

    async def _resolve_url(
        self, workspace: MediaWorkspace, url: str, reference: Reference
    ) -> StoredMedia:
        """Measure what a URL names that is no output of ours."""
        if match := STEP_URL.fullmatch(url):
            promise = workspace.promises.get(match[1])
            if promise is None or int(match[2]) >= promise.effective_input.get("count", 1):
                raise MediaNotFound(f"No earlier step produces {url}.")
            return build_promised_media(promise, url, reference)
        if frame := parse_frame_url(url):
            return await self._get_frame(workspace, *frame, reference)
        if url.startswith(ASSET_SCHEME):
            return await self._load_asset(workspace, url.removeprefix(ASSET_SCHEME), reference)
        if url.startswith(ATTACHED_SCHEME):
            return await self._measure_attached(workspace, url, reference)
        return await self._fetch_url(workspace, reference, url)

    async def _get_frame(
        self, workspace: MediaWorkspace, video_url: str, number: int, reference: Reference
    ) -> StoredMedia:
        """Return a frame of a video that exists; a negative number counts from its end.

        Raises:
            Problem: there is no such video or frame, or the field takes no image.
        """
        if reference.kind != "image":
            raise UnsupportedMedia(f"A frame is an image, not {reference.kind}.")
        if known := self.frames.find_used_frame(workspace, video_url, number):
            return known
        self.frames.check_counts(workspace, video_url)
        named = replace(reference, kind="video")
        if match := JOB_URL.fullmatch(video_url):
            existing = replace(workspace, submitting=True)
            video = await self._load_output(
                existing, match[1], int(match[2]), named, any_length=True
            )
        else:
            asset_id = video_url.removeprefix(ASSET_SCHEME)
            video = await self._load_asset(workspace, asset_id, named, any_length=True)
        return await self.frames.get_frame(workspace, video, number)

    async def _fetch_stored(self, workspace: MediaWorkspace, earlier: StoredMedia) -> StoredMedia:
        name = hashlib.sha256(earlier.key.encode()).hexdigest()
        file = workspace.folder / f"{name}{Path(earlier.key).suffix}"
        try:
            await self.storage.fetch_to(earlier.key, file)
        except NotFound:
            raise MediaNotFound("Its bytes are no longer stored.") from None
        return self._add_file(workspace, earlier, file)

    async def _measure_inline(
        self, workspace: MediaWorkspace, inline: InlineBytes, reference: Reference
    ) -> StoredMedia:
        name = hashlib.sha256(inline.data).hexdigest()
        file = workspace.folder / f"{name}.given"
        file.write_bytes(inline.data)
        inspected = await self._measure_file(workspace, file, reference)
        media = StoredMedia(facts=inspected.facts, key="", source="inline")
        return self._add_file(workspace, media, inspected.path)

    async def _measure_attached(
        self, workspace: MediaWorkspace, url: str, reference: Reference
    ) -> StoredMedia:
        """Measure a file that came with the request; a job shows it as sent inline, as it was."""
        path = workspace.attachments.get(url.removeprefix(ATTACHED_SCHEME))
        if path is None:
            raise MediaNotFound("No such file came with this request.")
        inspected = await self._measure_file(workspace, path, reference)
        media = StoredMedia(facts=inspected.facts, key="", source="inline")
        return self._add_file(workspace, media, inspected.path)

    async def _fetch_url(
        self, workspace: MediaWorkspace, reference: Reference, url: str
    ) -> StoredMedia:
        """Fetch and measure a public URL.

        Every failure has the same answer: a difference would let callers probe our network.
        """
        try:
            fetched = await self.fetcher.fetch(
                url,
                folder=workspace.folder,
                max_bytes=KINDS[reference.kind].max_bytes,
                budget=workspace.budget,
                account_id=workspace.caller.account_id,
            )
        except FetchRefused:
            raise SourceUnreachable from None
        inspected = await self._measure_file(workspace, fetched.path, reference)
        source = url.partition("?")[0][:MOST_SOURCE_CHARACTERS]
        media = StoredMedia(facts=inspected.facts, key="", source=source)
        return self._add_file(workspace, media, inspected.path)

    def _add_file(
        self, workspace: MediaWorkspace, measured: StoredMedia, path: Path
    ) -> StoredMedia:
        media = replace(measured, key=self.files.new_key())
        workspace.new_files.append(NewFile(media, path))
        return media

    async def _measure_file(
        self, workspace: MediaWorkspace, file: Path, reference: Reference
    ) -> InspectedMedia:
        caller = workspace.caller
        asker = await self.inspection_budgets.get_budget(caller.ledger_account, caller.book)
        return await measure_file(file, reference, workspace.folder, asker)

    def _parse_output_source(self, source: UrlReference | JobReference) -> tuple[str, int] | None:
        """Return job and index of the output of ours that a source names, None if it names none."""
        if isinstance(source, JobReference):
            return source.job_id, 0
        if match := JOB_URL.fullmatch(source.url):
            return match[1], int(match[2])
        match = OUTPUT_PATH.fullmatch(urlsplit(source.url).path)
        if match is None or not source.url.startswith(f"{self.urls.files_url}/"):
            return None
        return match[1], int(match[2])

    async def _load_output(
        self,
        workspace: MediaWorkspace,
        job_id: str,
        index: int,
        reference: Reference,
        *,
        any_length: bool = False,
    ) -> StoredMedia:
        async with self.database.read() as session:
            job = await session.get(Job, job_id)
            output = await session.get(Output, (job_id, index))
        if job is None or job.account_id != workspace.caller.ledger_account:
            raise MediaNotFound
        if job.state in OPEN_JOB_STATES and not workspace.submitting:
            promise = PromisedOutput(
                name=job.id,
                task=job.task,
                effective_input=json.loads(job.effective_input_json),
                overlap_frames=job.overlap_frames,
            )
            return build_promised_media(promise, f"job://{job_id}/{index}", reference)
        if job.state != JobState.SUCCEEDED:
            raise SourceNotReady(f"{job_id} is {job.state}.", jobId=job_id)
        if output is None or output.hidden_at is not None:
            raise MediaNotFound
        if output.kind != reference.kind:
            raise UnsupportedMedia(f"{job_id} made {output.kind}, not {reference.kind}.")
        if output.deleted_at is None and self.database.clock.now() < output.expires_at:
            return to_stored_media(job, output)
        async with self.database.read() as session:
            kept = await find_kept_media(session, job, index, any_length=any_length)
        if kept is None:
            raise MediaNotFound
        return kept

    async def _load_asset(
        self,
        workspace: MediaWorkspace,
        asset_id: str,
        reference: Reference,
        *,
        any_length: bool = False,
    ) -> StoredMedia:
        async with self.database.read() as session:
            try:
                asset = await asset_queries.load_asset(
                    session, workspace.caller.ledger_account, asset_id
                )
            except NotFound:
                raise MediaNotFound from None
        if asset.archived_at is not None:
            raise MediaNotFound(f"{asset_id} is archived.")
        if asset.kind != reference.kind:
            raise UnsupportedMedia(f"{asset_id} is of kind {asset.kind}, not {reference.kind}.")
        return to_asset_media(asset, f"{ASSET_SCHEME}{asset_id}", any_length=any_length)


async def measure_file(
    file: Path, reference: Reference, folder: Path, budget: InspectionBudget
) -> InspectedMedia:
    """Measure a file in a child process.

    Clips of a combine are counted by packets: decoding up to 100 of them would take minutes.
    """
    count: Literal["packets", "decoding"] = (
        "packets" if reference.field == CLIPS_FIELD else "decoding"
    )
    longest = reference.longest or LONGEST_VIDEO
    return await inspect_media(
        file, reference.kind, out_folder=folder, count_method=count, longest=longest, budget=budget
    )


@contextmanager
def _name_field_in_refusals(reference: Reference) -> Iterator[None]:
    """Name the field of a reference in every refusal raised inside."""
    try:
        yield
    except Problem as problem:
        problem.field = problem.field or f"input.{reference.path}"
        raise
