"""The rows of projects, assets and uploads.

`account_id` is the ledger's account: one account in one book, so live and test keep apart.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import (
    COLD_TABLE,
    HOT_TABLE,
    Base,
    Id,
    Int,
    Text,
    build_partial_index,
)

KEEPS_JOB_OUTPUT = "job_id IS NOT NULL AND purged_at IS NULL"
IS_TAGGED_OUTPUT = "job_id IS NOT NULL AND tags_json <> '[]'"
LACKS_SEARCH_TEXT = "search_text IS NULL"
AWAITS_PURGE = "archived_at IS NOT NULL AND purged_at IS NULL"


class Shelf(Base):
    """The totals of an account's library; adding or removing anything locks this row.

    `revision` rises with every change that the account could see in the studio. While
    `told_nearly_full_at` is set, the owner has been told that the storage is nearly full.
    """

    __tablename__ = "shelf"
    __table_args__ = (
        CheckConstraint("bytes >= 0", name="bytes"),
        CheckConstraint("assets >= 0", name="assets"),
        HOT_TABLE,
    )

    account_id: Mapped[int] = mapped_column(Int, primary_key=True)
    bytes: Mapped[int] = mapped_column(Int)
    assets: Mapped[int] = mapped_column(Int)
    revision: Mapped[int] = mapped_column(Int)
    selected_project_id: Mapped[str | None] = mapped_column(Id)
    inbox_project_id: Mapped[str | None] = mapped_column(Id)
    told_nearly_full_at: Mapped[int | None] = mapped_column(Int, default=None)


class Project(Base):
    """A project that holds jobs, assets and threads; `archived` is 0 or 1."""

    __tablename__ = "project"
    __table_args__ = (Index(None, "account_id", "id"), COLD_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    cover_asset_id: Mapped[str | None] = mapped_column(Id)
    archived: Mapped[int] = mapped_column(Int)
    threads: Mapped[int] = mapped_column(Int)
    spent_microusd: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    updated_at: Mapped[int] = mapped_column(Int)


class Asset(Base):
    """A file that an account keeps.

    `key` is the storage key of its newest version; `stored_bytes` counts all versions against the
    quota, previews do not count. `fps` and `duration` are fractions as text, the latter in seconds.
    The row outlives its bytes, which are gone after `purged_at`. `search_text` is None where an
    older release wrote the row; a sweep fills it.
    """

    __tablename__ = "asset"
    __table_args__ = (
        CheckConstraint("kind IN ('image', 'video', 'audio', 'text', 'storyboard')", name="kind"),
        CheckConstraint("rating BETWEEN 0 AND 5", name="rating"),
        Index(None, "project_id", "id"),
        Index("ix_asset_account_id", "account_id", "id"),
        Index(None, "project_id", "source_sha256"),
        build_partial_index("ix_asset_tagged_output", "account_id", where=IS_TAGGED_OUTPUT),
        build_partial_index("ix_asset_unfolded", "id", where=LACKS_SEARCH_TEXT),
        build_partial_index(
            "uq_asset_job_output", "job_id", "output_index", where=KEEPS_JOB_OUTPUT, unique=True
        ),
        build_partial_index("ix_asset_to_purge", "archived_at", where=AWAITS_PURGE),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id"))
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(Text)
    mime_type: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(Int)
    stored_bytes: Mapped[int] = mapped_column(Int)
    sha256: Mapped[str] = mapped_column(Text)
    source_sha256: Mapped[str | None] = mapped_column(Text)
    source_mime_type: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None] = mapped_column(Int)
    height: Mapped[int | None] = mapped_column(Int)
    frames: Mapped[int | None] = mapped_column(Int)
    fps: Mapped[str | None] = mapped_column(Text)
    duration: Mapped[str | None] = mapped_column(Text)
    has_audio: Mapped[int | None] = mapped_column(Int)
    overlap_frames: Mapped[int | None] = mapped_column(Int)
    tags_json: Mapped[str] = mapped_column(Text)
    notes: Mapped[str] = mapped_column(Text)
    rating: Mapped[int] = mapped_column(Int)
    source: Mapped[str] = mapped_column(Text)
    job_id: Mapped[str | None] = mapped_column(Id)
    output_index: Mapped[int | None] = mapped_column(Int)
    plan_id: Mapped[str | None] = mapped_column(Id)
    version: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    updated_at: Mapped[int] = mapped_column(Int)
    archived_at: Mapped[int | None] = mapped_column(Int)
    purged_at: Mapped[int | None] = mapped_column(Int)
    previews: Mapped[str | None] = mapped_column(Text, default=None)
    preview_clip_key: Mapped[str | None] = mapped_column(Text, default=None)
    placeholder: Mapped[str | None] = mapped_column(Text, default=None)
    search_text: Mapped[str | None] = mapped_column(Text, default=None)


class Upload(Base):
    """Room reserved for an upload in progress; without renewal for an hour it is abandoned."""

    __tablename__ = "upload"
    __table_args__ = (Index(None, "account_id"), HOT_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    bytes: Mapped[int] = mapped_column(Int)
    renewed_at: Mapped[int] = mapped_column(Int)


class UploadLink(Base):
    """A permission to upload one file without a key; `asset_id` is the asset it became.

    `member_id` is the member of a team who made it: it ends with the membership. Null: the owner.
    """

    __tablename__ = "upload_link"
    __table_args__ = (Index(None, "expires_at"), COLD_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    project_id: Mapped[str] = mapped_column(Id)
    filename: Mapped[str] = mapped_column(Text)
    max_bytes: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    asset_id: Mapped[str | None] = mapped_column(Id)
    member_id: Mapped[str | None] = mapped_column(Id, default=None)
