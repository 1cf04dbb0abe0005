"""The rows of films: the cut of each, and its renders."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text


class Film(Base):
    """The cut of a film; a film without a row has version 1 and no cut of its own.

    `asset_id` is the storyboard. `cut_json` is null while the film follows the board, `thread_id`
    until its talk begins.
    """

    __tablename__ = "film"
    __table_args__ = (COLD_TABLE,)

    asset_id: Mapped[str] = mapped_column(Id, primary_key=True)
    cut_json: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Int)
    updated_at: Mapped[int] = mapped_column(Int)
    thread_id: Mapped[str | None] = mapped_column(Id)


class FilmRender(Base):
    """One job that rendered a whole film; `asset_id` is the storyboard.

    `film_asset_id` is the asset that keeps the output, null if there was no room for it.
    """

    __tablename__ = "film_render"
    __table_args__ = (Index(None, "asset_id", "created_at"), COLD_TABLE)

    job_id: Mapped[str] = mapped_column(Id, primary_key=True)
    asset_id: Mapped[str] = mapped_column(Id)
    film_asset_id: Mapped[str | None] = mapped_column(Id)
    price_microusd: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
