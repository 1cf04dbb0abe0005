"""Rows that tie storyboards to the plans that render them, and the takes made for their shots.

The documents keep these rows; `gateway.studio.plans.execution.take_recorder` fills them from plans.
"""

from collections.abc import Sequence

from sqlalchemy import func, select

from gateway.kit.database.sessions import Session
from gateway.studio.documents.tables import ShotTake, StoryboardRender


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
