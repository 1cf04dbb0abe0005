"""Outputs: where their bytes lie, and the signed URLs that serve them for 48 hours."""

from dataclasses import dataclass, fields
from fractions import Fraction
from typing import cast

from gateway.kit.database.sessions import Session
from gateway.kit.errors import NotFound
from gateway.kit.http.signed_urls import SignedUrls
from gateway.library.facts import Kind, MediaFacts
from gateway.library.kinds import EXTENSIONS
from gateway.media.jobs import view
from gateway.media.jobs.job_schemas import JobOutput
from gateway.media.tables import Output

POSTER_NAME = "poster.webp"


def build_output_key(job_id: str, fence: int, index: int, mime_type: str) -> str:
    """Return the storage key of an output, made under one claim of a job.

    The fence is in it: a worker that is late writes elsewhere, and never over the winner's files.
    """
    return f"outputs/{job_id}/{fence}/{index}.{EXTENSIONS[mime_type]}"


def build_poster_key(job_id: str, fence: int, index: int) -> str:
    """Return the storage key of a clip's still picture."""
    return f"outputs/{job_id}/{fence}/{index}-poster.webp"


def build_file_name(row: Output) -> str:
    """Return the file name of a download; no text of a user is in it."""
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

    def to_row(self, job_id: str, index: int, expires_at: int) -> Output:
        """Return the row of this output."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["has_audio"] = int(self.has_audio)
        values |= {name: _format_fraction(getattr(self, name)) for name in ("fps", "duration")}
        return Output(job_id=job_id, index=index, expires_at=expires_at, deleted_at=None, **values)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The storage key and media type of one file."""

    key: str
    mime_type: str


async def get_stored_file(session: Session, job_id: str, index: int, *, poster: bool) -> StoredFile:
    """Return the stored file of an output, or of its poster.

    Raises:
        NotFound: there is none, or its bytes were deleted.
    """
    row = await session.get(Output, (job_id, index))
    key = None if row is None else row.poster_key if poster else row.key
    if row is None or key is None or row.deleted_at is not None:
        raise NotFound
    return StoredFile(key, "image/webp" if poster else row.mime_type)


class OutputUrls(SignedUrls):
    """The signed URLs of outputs."""

    __slots__ = ()

    def sign_output_url(self, row: Output, *, poster: bool = False) -> str:
        """Return a URL that works until the output's 48 hours are over, and never longer."""
        name = POSTER_NAME if poster else build_file_name(row)
        return self.sign_url(f"/files/outputs/{row.job_id}/{row.index}/{name}", row.expires_at)

    def render_output(self, row: Output, now: int, asset_id: str | None) -> JobOutput:
        """Render an output with a fresh URL, and the asset that keeps it."""
        poster = None if row.poster_key is None else self.sign_output_url(row, poster=True)
        url = self.sign_output_url(row)
        return view.render_output(row, now=now, url=url, poster_url=poster, asset_id=asset_id)


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
