"""The rows of documents: their versions, and the takes of storyboards."""

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text
from gateway.kit.database.states import StateColumn
from gateway.studio.documents.states import TakeState


class DocumentVersion(Base):
    """One version of a text or storyboard. It never changes; `asset.version` is the newest.

    `created_by_id` is null where a file was uploaded.
    """

    __tablename__ = "document_version"
    __table_args__ = (
        CheckConstraint("created_by IN ('key', 'session', 'agent', 'plan')", name="created_by"),
        COLD_TABLE,
    )

    asset_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(Text)
    size_bytes: Mapped[int] = mapped_column(Int)
    created_by: Mapped[str] = mapped_column(Text)
    created_by_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)


class StoryboardRender(Base):
    """The storyboard that a plan renders; `open` is 1 until all its takes are recorded.

    `seen_version` is the version of the plan when its steps were last recorded.
    """

    __tablename__ = "storyboard_render"
    __table_args__ = (
        Index(
            "ix_storyboard_render_open",
            "plan_id",
            postgresql_where=text("open = 1"),
            sqlite_where=text("open = 1"),
        ),
        COLD_TABLE,
    )

    plan_id: Mapped[str] = mapped_column(Id, primary_key=True)
    asset_id: Mapped[str] = mapped_column(Id)
    seen_version: Mapped[int] = mapped_column(Int)
    open: Mapped[int] = mapped_column(Int)


class ShotTake(Base):
    """One clip that a plan tried to make for a shot; `take_asset_id` is null without a clip."""

    __tablename__ = "shot_take"
    __table_args__ = (Index(None, "asset_id", "created_at"), COLD_TABLE)

    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    asset_id: Mapped[str] = mapped_column(Id)
    shot_id: Mapped[str] = mapped_column(Text)
    take_asset_id: Mapped[str | None] = mapped_column(Id)
    plan_id: Mapped[str | None] = mapped_column(Id)
    status: Mapped[TakeState] = mapped_column(StateColumn(TakeState))
    price_microusd: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
