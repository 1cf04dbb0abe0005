"""The rows of films: what each has beyond its storyboard, and its renders.

A film and its storyboard have the same ULID under two prefixes, so every storyboard is a film, also
those that were made before there were films. Its row begins with the first cut or render.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.studio.documents.tables import StoryboardRender
from gateway.studio.films.tables import Film, FilmRender
from gateway.studio.plans.states import PlanOutcome
from gateway.studio.plans.tables import ApprovalPlan

FILM_PREFIX, STORYBOARD_PREFIX = "flm_", "ast_"
FIRST_VERSION = 1
INSERT_RENDER = sql(
    """
    INSERT INTO film_render (job_id, asset_id, film_asset_id, price_microusd, created_at)
    SELECT given.job_id, given.asset_id, given.film_asset_id, given.price_microusd, kt_now()
    FROM {rows} WHERE true ON CONFLICT (job_id) DO NOTHING
    """,
    job_id="text",
    asset_id="text",
    film_asset_id="text",
    price_microusd="int",
)
RAISE_VERSION = sql(
    f"""
    INSERT INTO film (asset_id, cut_json, version, updated_at)
    SELECT given.asset_id, NULL, {FIRST_VERSION + 1}, kt_now() FROM {{rows}} WHERE true
    ON CONFLICT (asset_id) DO UPDATE SET version = film.version + 1, updated_at = kt_now()
    """,  # noqa: S608 - constant
    asset_id="text",
)
SAVE_CUT = sql(
    f"""
    INSERT INTO film (asset_id, cut_json, version, updated_at)
    SELECT given.asset_id, given.cut_json, {FIRST_VERSION + 1}, kt_now() FROM {{rows}} WHERE true
    ON CONFLICT (asset_id) DO UPDATE
    SET cut_json = excluded.cut_json, version = film.version + 1, updated_at = kt_now()
    """,  # noqa: S608 - constant
    asset_id="text",
    cut_json="text",
)
SAVE_THREAD = sql(
    f"""
    INSERT INTO film (asset_id, cut_json, version, updated_at, thread_id)
    SELECT given.asset_id, NULL, {FIRST_VERSION}, kt_now(), given.thread_id
    FROM {{rows}} WHERE true
    ON CONFLICT (asset_id) DO UPDATE SET thread_id = excluded.thread_id
    """,  # noqa: S608 - constant
    asset_id="text",
    thread_id="text",
)


def film_id_from_storyboard(asset_id: str) -> str:
    """Return the id of the film of a storyboard."""
    return FILM_PREFIX + asset_id.removeprefix(STORYBOARD_PREFIX)


def storyboard_id_from_film(film_id: str) -> str:
    """Return the id of the storyboard of a film."""
    return STORYBOARD_PREFIX + film_id.removeprefix(FILM_PREFIX)


def build_etag(film_id: str, version: int, board_version: int) -> str:
    """Return the strong ETag of a version of a film over a version of its board.

    The board is part of it: a film without a cut of its own changes with its board.
    """
    return f'"{film_id}.v{version}.b{board_version}"'


async def list_film_rows(session: Session, storyboard_ids: Sequence[str]) -> Mapping[str, Film]:
    """Return the rows of films by their storyboard; a film without cut and render has none."""
    rows = await session.scalars(select(Film).where(Film.asset_id.in_(storyboard_ids)))
    return {row.asset_id: row for row in rows}


async def list_renders(
    session: Session, storyboard_ids: Sequence[str]
) -> Mapping[str, list[FilmRender]]:
    """Return the renders of films by their storyboard, oldest first."""
    statement = select(FilmRender).where(FilmRender.asset_id.in_(storyboard_ids))
    renders: dict[str, list[FilmRender]] = {}
    for row in await session.scalars(statement.order_by(FilmRender.created_at, FilmRender.job_id)):
        renders.setdefault(row.asset_id, []).append(row)
    return renders


async def list_running_plans(session: Session, storyboard_ids: Sequence[str]) -> Mapping[str, str]:
    """Return the newest plan that is rendering each storyboard now; absent where none is."""
    statement = (
        select(StoryboardRender.asset_id, func.max(StoryboardRender.plan_id))
        .join(ApprovalPlan, ApprovalPlan.id == StoryboardRender.plan_id)
        .where(
            StoryboardRender.asset_id.in_(storyboard_ids),
            StoryboardRender.open == 1,
            ApprovalPlan.outcome == PlanOutcome.RUNNING,
        )
        .group_by(StoryboardRender.asset_id)
    )
    rows = await session.execute(statement)
    return {asset_id: plan_id for asset_id, plan_id in rows if plan_id is not None}


async def list_open_plan_ids(session: Session, storyboard_id: str) -> Sequence[str]:
    """Return every plan that is rendering a storyboard or shots of it now, oldest first."""
    statement = (
        select(StoryboardRender.plan_id)
        .join(ApprovalPlan, ApprovalPlan.id == StoryboardRender.plan_id)
        .where(
            StoryboardRender.asset_id == storyboard_id,
            StoryboardRender.open == 1,
            ApprovalPlan.outcome == PlanOutcome.RUNNING,
        )
        .order_by(StoryboardRender.plan_id)
    )
    return (await session.scalars(statement)).all()


async def has_own_cut(session: Session, storyboard_id: str) -> bool:
    """Return True if the film of a storyboard has a cut of its own."""
    row = await session.get(Film, storyboard_id)
    return row is not None and row.cut_json is not None


async def record_render(
    session: Session,
    storyboard_id: str,
    *,
    job_id: str,
    film_asset_id: str | None,
    price_microusd: int,
) -> None:
    """Record that a job rendered a film, and raise the film's version; repeatable."""
    row = (job_id, storyboard_id, film_asset_id, price_microusd)
    if await session.change(INSERT_RENDER, [row]):
        await session.change(RAISE_VERSION, [(storyboard_id,)])


async def save_cut(session: Session, storyboard_id: str, cut_json: str | None) -> None:
    """Save the cut of a film, null to follow the board again, and raise the film's version."""
    await session.change(SAVE_CUT, [(storyboard_id, cut_json)])


async def save_thread(session: Session, storyboard_id: str, thread_id: str) -> None:
    """Save the thread of a film; its version stays, for what it shows is the same."""
    await session.change(SAVE_THREAD, [(storyboard_id, thread_id)])


async def raise_version(session: Session, storyboard_id: str) -> None:
    """Raise the version of a film whose title has changed."""
    await session.change(RAISE_VERSION, [(storyboard_id,)])
