"""Outputs: where their bytes lie, and the signed URLs that serve them for 48 hours."""

import json
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import TypeAlias, cast

from sqlalchemy import ColumnElement, exists, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.search_text import fold_text
from gateway.library import preview_files
from gateway.library.asset_queries import OutputPlace
from gateway.library.facts import Kind, MediaFacts
from gateway.library.kinds import EXTENSIONS
from gateway.library.named_files import list_row_files
from gateway.library.preview_files import StoredPreviews
from gateway.media.jobs import view
from gateway.media.jobs.download_names import build_download_name
from gateway.media.jobs.job_schemas import JobOutput
from gateway.media.schemas import Parent
from gateway.media.tables import Job, Output

OUTPUTS_FOLDER = "outputs"
POSTER_NAME = "poster.webp"
JobColumn: TypeAlias = InstrumentedAttribute[str | None]
IndexColumn: TypeAlias = InstrumentedAttribute[int | None]


def build_job_folder(job_id: str) -> str:
    """Return the folder of the storage in which all outputs of a job lie."""
    return f"{OUTPUTS_FOLDER}/{job_id}"


def build_claim_folder(job_id: str, fence: int) -> str:
    """Return the folder of the storage in which the outputs of one claim of a job lie."""
    return f"{build_job_folder(job_id)}/{fence}"


def build_output_key(job_id: str, fence: int, index: int, mime_type: str) -> str:
    """Return the storage key of an output, made under one claim of a job.

    The fence is in it: a worker that is late writes elsewhere, and never over the winner's files.
    """
    return f"{build_claim_folder(job_id, fence)}/{index}.{EXTENSIONS[mime_type]}"


def build_poster_key(job_id: str, fence: int, index: int) -> str:
    """Return the storage key of a clip's still picture."""
    return f"{build_claim_folder(job_id, fence)}/{index}-poster.webp"


def build_file_name(row: Output) -> str:
    """Return the last part of an output's path; no text of a user is in it."""
    return f"{row.job_id}-{row.index}.{EXTENSIONS[row.mime_type]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeOutput:
    """An output that a worker made and stored; its fields are the columns of `Output`."""

    key: str
    poster_key: str | None
    kind: Kind
    mime_type: str
    width: int | None
    height: int | None
    frames: int | None
    fps: Fraction | None
    duration: Fraction | None
    has_audio: bool
    size_bytes: int
    sha256: str
    previews: StoredPreviews = field(default_factory=StoredPreviews)

    def to_row(self, job_id: str, index: int, expires_at: int) -> Output:
        """Return the row of this output."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["has_audio"] = int(self.has_audio)
        values |= {name: _format_fraction(getattr(self, name)) for name in ("fps", "duration")}
        values |= self.previews.to_columns()
        return Output(job_id=job_id, index=index, expires_at=expires_at, deleted_at=None, **values)

    def to_listed_row(self, job: Job, index: int, expires_at: int) -> Output:
        """Return the row of this output, with what lists of results choose by."""
        row = self.to_row(job.id, index, expires_at)
        row.account_id, row.task, row.project_id = job.account_id, job.task, job.project_id
        row.search_text = fold_text(read_prompt(job))
        return row


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The storage key and media type of one file; `name` is what a browser saves it as."""

    key: str
    mime_type: str
    name: str | None = None


async def get_stored_file(session: Session, job_id: str, index: int, name: str) -> StoredFile:
    """Return the stored file that the URL of an output asks for by its last part, `name`.

    It is the poster, one of the previews, or else the output itself.

    Raises:
        NotFound: there is none, its bytes were deleted, or its owner deleted it.
    """
    row = await session.get(Output, (job_id, index))
    if row is None or row.deleted_at is not None or row.hidden_at is not None:
        raise NotFound
    file: tuple[str | None, str] | None = None
    if name == POSTER_NAME:
        file = (row.poster_key, preview_files.PREVIEW_PICTURE_TYPE)
    elif preview_files.is_preview_name(name):
        file = preview_files.find_preview(row, name)
    else:
        job = await session.get_one(Job, job_id)
        return StoredFile(row.key, row.mime_type, name_download(job, row))
    if file is None or file[0] is None:
        raise NotFound
    return StoredFile(file[0], file[1])


def list_stored_keys(row: Output) -> list[str]:
    """Return the storage keys of an output, its poster, previews and drawn pictures."""
    columns = (row.size_bytes, row.sha256, row.previews, row.preview_clip_key, row.poster_key)
    files = list_row_files(row.key, *columns)
    return [*(file.key for file in files), *preview_files.list_drawn_keys(row.key)]


async def is_output_visible(session: Session, job_id: str, index: int) -> bool:
    """Return True if there is such an output and its owner has not deleted it."""
    row = await session.get(Output, (job_id, index))
    return row is not None and row.hidden_at is None


async def list_hidden_outputs(
    session: Session, places: Collection[OutputPlace]
) -> set[OutputPlace]:
    """Return which of these outputs their owner has deleted."""
    if not places:
        return set()
    place = tuple_(Output.job_id, Output.index)
    hidden = select(Output.job_id, Output.index).where(
        place.in_(places), Output.hidden_at.is_not(None)
    )
    return {(job_id, index) for job_id, index in await session.execute(hidden)}


def is_visible(job_id: JobColumn, index: IndexColumn) -> ColumnElement[bool]:
    """Return the condition that the output of these columns is there, and not deleted by its owner.

    The columns are those of an asset, or of another row that names an output.
    """
    return exists().where(
        Output.job_id == job_id, Output.index == index, Output.hidden_at.is_(None)
    )


async def show_output(session: Session, place: OutputPlace) -> None:
    """Show an output again that its owner had deleted; its bytes may be gone."""
    job_id, index = place
    hidden = (Output.job_id == job_id, Output.index == index, Output.hidden_at.is_not(None))
    await session.execute(update(Output).where(*hidden).values(hidden_at=None))


async def is_output_stored(session: Session, job_id: str, index: int) -> bool:
    """Return True if there is such an output, not deleted, whose bytes are still stored."""
    row = await session.get(Output, (job_id, index))
    return row is not None and row.hidden_at is None and row.deleted_at is None


async def require_parent(session: Session, account: int, parent: Parent) -> None:
    """Check that a job may be made from this result: it is the account's own, and not deleted.

    Raises:
        NotFound: it is not.
    """
    job = await session.get(Job, parent.job_id)
    is_own = job is not None and job.account_id == account
    if not is_own or not await is_output_visible(session, parent.job_id, parent.output_index):
        raise NotFound("There is no such result.", field="parent.jobId")


def read_prompt(job: Job) -> str:
    """Return the prompt of a job; empty if its task has none, or it was erased."""
    return str(json.loads(job.effective_input_json).get("prompt") or "")


def name_download(job: Job, row: Output, count: int = 0) -> str:
    """Return the file name of an output's download; `count` is how many the job made.

    Without it, it is what the job was asked to make.
    """
    asked = json.loads(job.effective_input_json).get("count", 1)
    return build_download_name(
        row.name or read_prompt(job),
        kind=row.kind,
        mime_type=row.mime_type,
        index=row.index,
        count=count or asked,
    )


class OutputUrls(SignedUrls):
    """The signed URLs of outputs."""

    __slots__ = ()

    def sign_output_url(self, row: Output, name: str | None = None) -> str:
        """Return a URL that works until the output's 48 hours are over, and never longer.

        `name` is that of its poster or of a preview.
        """
        name = name or build_file_name(row)
        return self.sign_url(f"/files/outputs/{row.job_id}/{row.index}/{name}", row.expires_at)

    def sign_preview_urls(self, row: Output) -> dict[str, str]:
        """Return the URLs of an output's preview pictures by their size; {} without any."""
        return {
            str(wanted): self.sign_output_url(row, preview_files.build_picture_name(side))
            for wanted, side in preview_files.choose_sides(row).items()
        }

    def render_output(self, row: Output, now: int, asset_id: str | None) -> JobOutput:
        """Render an output with fresh URLs, and the asset that keeps it."""
        has_clip = row.preview_clip_key is not None
        urls = view.OutputLinks(
            file=self.sign_output_url(row),
            poster=None if row.poster_key is None else self.sign_output_url(row, POSTER_NAME),
            previews=self.sign_preview_urls(row),
            clip=self.sign_output_url(row, preview_files.CLIP_NAME) if has_clip else None,
        )
        return view.render_output(row, now=now, urls=urls, asset_id=asset_id)


def read_output_facts(output: Output) -> MediaFacts:
    """Return the facts that were measured of an output, from its row."""
    return MediaFacts(
        kind=cast("Kind", output.kind),  # only `MadeOutput` writes the column, from a `Kind`
        mime_type=output.mime_type,
        sha256=output.sha256,
        size_bytes=output.size_bytes,
        width=output.width,
        height=output.height,
        frames=output.frames,
        fps=None if output.fps is None else Fraction(output.fps),
        duration=view.read_duration(output),
        has_audio=bool(output.has_audio),
    )


def _format_fraction(value: Fraction | None) -> str | None:
    return None if value is None else str(value)
