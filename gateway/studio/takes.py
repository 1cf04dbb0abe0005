"""Takes: the clips that were made for the shots of a storyboard, beside the document."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database import Session
from gateway.kit.errors import NotFound, PayloadTooLarge
from gateway.kit.operation import Caller
from gateway.kit.sql import sql
from gateway.library.errors import StorageQuotaExceeded
from gateway.studio.document_tables import ShotTake, StoryboardRender
from gateway.studio.documents import Author, Documents
from gateway.studio.storyboard_edits import PatchShot, edited
from gateway.studio.storyboards import dumped, loaded

RECORD = sql(
    """
    INSERT INTO shot_take (job_id, asset_id, shot_id, take_asset_id, plan_id, status,
                           price_microusd, created_at)
    SELECT given.job_id, given.asset_id, given.shot_id, given.take_asset_id, given.plan_id,
           given.status, given.price_microusd, kt_now()
    FROM {rows} WHERE true
    ON CONFLICT (job_id) DO UPDATE SET
        status = excluded.status,
        take_asset_id = COALESCE(excluded.take_asset_id, shot_take.take_asset_id)
    """,
    job_id="text",
    asset_id="text",
    shot_id="text",
    take_asset_id="text",
    plan_id="text",
    status="text",
    price_microusd="int",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One clip for a shot: `status` is its job's, `asset_id` where it is kept, if it is."""

    shot_id: str
    job_id: str
    status: str
    price_microusd: int
    asset_id: str | None = None


async def link(session: Session, plan_id: str, storyboard_id: str) -> None:
    """Note that a plan renders a storyboard."""
    session.add(StoryboardRender(plan_id=plan_id, asset_id=storyboard_id))
    await session.flush()


async def follow(session: Session, plan_id: str, resumed_plan_id: str) -> None:
    """Let a plan render the storyboard of the plan that it resumes, if that rendered one."""
    earlier = await session.get(StoryboardRender, resumed_plan_id)
    if earlier is not None:
        await link(session, plan_id, earlier.asset_id)


async def record_take(
    session: Session, documents: Documents, caller: Caller, plan_id: str, take: Take
) -> None:
    """Note what became of a step of a plan, if the plan renders a storyboard; again is once.

    `caller` is whose storyboard it is. A shot without a take gets its first one that is kept.
    """
    render = await session.get(StoryboardRender, plan_id)
    if render is None:
        return
    row = (
        take.job_id,
        render.asset_id,
        take.shot_id,
        take.asset_id,
        plan_id,
        take.status,
        take.price_microusd,
    )
    await session.change(RECORD, [row])
    if take.asset_id is not None and take.status == "succeeded":
        with suppress(NotFound, PayloadTooLarge, StorageQuotaExceeded):
            await _choose(session, documents, caller, render, take)


async def takes_of(session: Session, storyboard_id: str) -> Sequence[ShotTake]:
    """Return the takes of a storyboard, the oldest first."""
    wanted = select(ShotTake).where(ShotTake.asset_id == storyboard_id)
    return (await session.scalars(wanted.order_by(ShotTake.created_at, ShotTake.job_id))).all()


async def _choose(
    session: Session, documents: Documents, caller: Caller, render: StoryboardRender, take: Take
) -> None:
    """Let a take be that of its shot, if the shot is there and has none."""
    account, storyboard_id = caller.ledger_account, render.asset_id
    current = await documents.locked(session, account, storyboard_id, "storyboard")
    document = loaded(current.version.content)
    if not any(shot.id == take.shot_id and shot.take is None for shot in document.shots()):
        return
    fields = {"take": f"asset://{take.asset_id}"}
    chosen = edited(document, [PatchShot(op="patchShot", shotId=take.shot_id, fields=fields)])
    await documents.save(
        session,
        caller,
        storyboard_id,
        "storyboard",
        dumped(chosen),
        expected=None,
        author=Author("plan", render.plan_id),
    )
