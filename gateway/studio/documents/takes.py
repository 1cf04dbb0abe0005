"""Rows that tie storyboards to the plans that render them, and the takes made for their shots.

The documents keep these rows; `gateway.studio.plans.execution.take_recorder` fills them from plans.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from gateway.kit.database.sessions import Session
from gateway.library import asset_queries
from gateway.media.jobs.outputs import is_output_stored
from gateway.studio.documents.states import TakeState
from gateway.studio.documents.tables import ShotTake, StoryboardRender
from gateway.studio.storyboards.model import Storyboard


async def link_render(session: Session, plan_id: str, storyboard_id: str) -> None:
    """Record that a plan renders a storyboard, so that its clips become takes of the shots."""
    render = StoryboardRender(plan_id=plan_id, asset_id=storyboard_id, seen_version=0, open=1)
    session.add(render)
    await session.flush()


async def link_resumed_render(session: Session, plan_id: str, resumed_plan_id: str) -> None:
    """Link a plan to the storyboard of the plan that it resumes, if that one rendered any."""
    earlier = await session.get(StoryboardRender, resumed_plan_id)
    if earlier is not None:
        await link_render(session, plan_id, earlier.asset_id)


async def sum_take_prices(session: Session, storyboard_ids: Sequence[str]) -> dict[str, int]:
    """Return what the takes of each storyboard have cost, in micro-USD; absent without takes."""
    statement = (
        select(ShotTake.asset_id, func.sum(ShotTake.price_microusd))
        .where(ShotTake.asset_id.in_(storyboard_ids))
        .group_by(ShotTake.asset_id)
    )
    return {asset_id: int(total) for asset_id, total in await session.execute(statement)}


async def list_takes(session: Session, storyboard_id: str) -> Sequence[ShotTake]:
    """Return the takes of a storyboard, oldest first."""
    statement = select(ShotTake).where(ShotTake.asset_id == storyboard_id)
    return (await session.scalars(statement.order_by(ShotTake.created_at, ShotTake.job_id))).all()


async def list_roomless_clips(
    session: Session, storyboard_ids: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """Return the first clip of each shot that no asset kept when it was made, by storyboard.

    It is the asset that keeps it by now, or the output of its job while that is stored.
    """
    statement = (
        select(ShotTake)
        .where(
            ShotTake.asset_id.in_(storyboard_ids),
            ShotTake.take_asset_id.is_(None),
            ShotTake.status == TakeState.SUCCEEDED,
        )
        .order_by(ShotTake.created_at, ShotTake.job_id)
    )
    takes = (await session.scalars(statement)).all()
    if not takes:
        return {}
    kept = await asset_queries.list_output_asset_ids(session, [take.job_id for take in takes])
    clips: dict[str, dict[str, str]] = defaultdict(dict)
    for take in takes:
        if asset_id := kept.get((take.job_id, 0)):
            clips[take.asset_id].setdefault(take.shot_id, f"asset://{asset_id}")
        elif await is_output_stored(session, take.job_id, 0):
            clips[take.asset_id].setdefault(take.shot_id, f"job://{take.job_id}/0")
    return clips


def fill_takes(board: Storyboard, clips: Mapping[str, str]) -> Storyboard:
    """Return a storyboard to render: a shot without a chosen take has that of `clips`.

    So a render neither makes nor charges a clip again that found no room. It is not to be saved: a
    saved take is an asset.
    """
    scenes = [
        scene.model_copy(
            update={
                "shots": tuple(
                    shot.model_copy(update={"take": shot.take or clips.get(shot.id)})
                    for shot in scene.shots
                )
            }
        )
        for scene in board.scenes
    ]
    return board.model_copy(update={"scenes": tuple(scenes)}) if clips else board
