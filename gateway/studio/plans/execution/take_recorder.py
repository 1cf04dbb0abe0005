"""Takes and films: what plans made for the shots of a storyboard, and of all of them.

A plan knows nothing of storyboards. Each time a plan that renders one has moved, its finished steps
are recorded as takes, and a shot without a chosen take gets its first clip. A step that joined
clips is a render of the film, unless it joined the board of a film with a cut of its own. This
happens in the transaction that moved the plan, and again in a sweep: a take is unique by its job,
so recording twice changes nothing.
"""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.kit.errors import NotFound, PayloadTooLarge
from gateway.kit.operation import Caller
from gateway.library import asset_queries
from gateway.library.errors import StorageQuotaExceeded
from gateway.library.quota import lock_shelf
from gateway.media.tasks import video_combine
from gateway.studio.documents.tables import StoryboardRender
from gateway.studio.documents.versions import Author, Documents
from gateway.studio.films.cut import CUT_KEYS
from gateway.studio.films.rows import has_own_cut, record_render
from gateway.studio.plans.rows import list_plan_steps
from gateway.studio.plans.states import PlanOutcome, PlanState, StepState
from gateway.studio.plans.tables import ApprovalPlan, PlanStep
from gateway.studio.storyboards.edits import apply_edits, build_patch_shot
from gateway.studio.storyboards.model import dump_storyboard, parse_storyboard

JOINING_TASK = video_combine.TASK.name
FINISHED_STEP_STATES = frozenset({StepState.SUCCEEDED, StepState.FAILED, StepState.CANCELED})
MOVED_RENDERS = sql(
    """
    SELECT r.plan_id FROM storyboard_render AS r
    JOIN approval_plan AS p ON p.id = r.plan_id AND p.version > r.seen_version
    WHERE r.open = 1 ORDER BY r.plan_id
    """
)
INSERT_TAKES = sql(
    """
    INSERT INTO shot_take (job_id, asset_id, shot_id, take_asset_id, plan_id, status,
                           price_microusd, created_at)
    SELECT given.job_id, given.asset_id, given.shot_id, given.take_asset_id, given.plan_id,
           given.status, given.price_microusd, kt_now()
    FROM {rows} WHERE true ON CONFLICT (job_id) DO NOTHING
    """,
    job_id="text",
    asset_id="text",
    shot_id="text",
    take_asset_id="text",
    plan_id="text",
    status="text",
    price_microusd="int",
)


@dataclass(frozen=True, slots=True)
class TakeRecorder:
    """Records what plans made for storyboards, for one application."""

    documents: Documents

    async def record_moved_plans(self) -> None:
        """Record the takes of every rendering plan that has moved since it was last looked at."""
        database = self.documents.database
        async with database.read() as snapshot:
            plans = await snapshot.read(MOVED_RENDERS)
        for (plan_id,) in plans:
            async with database.write() as session:
                await self.record_takes(session, plan_id)

    async def record_takes(self, session: Session, plan_id: str) -> None:
        """Record the finished steps of a plan as takes, and choose first takes; repeatable."""
        statement = select(StoryboardRender).where(StoryboardRender.plan_id == plan_id)
        # Locked, so that the sweep and a worker do not both choose the first takes of a shot.
        render = await session.scalar(statement.with_for_update())
        plan = await session.get(ApprovalPlan, plan_id)
        if render is None or plan is None:
            return
        finished = [
            step
            for step in await list_plan_steps(session, plan_id)
            if step.job_id is not None and step.state in FINISHED_STEP_STATES
        ]
        assets = await asset_queries.list_output_asset_ids(
            session, [step.job_id or "" for step in finished]
        )
        for step in finished:
            if step.operation == JOINING_TASK and step.state == StepState.SUCCEEDED:
                # The library before the film, as a change of its cut locks them.
                await lock_shelf(session, plan.account_id)
                own_cut = await has_own_cut(session, render.asset_id)
                if own_cut and step.key not in CUT_KEYS:
                    continue
                await record_render(
                    session,
                    render.asset_id,
                    job_id=step.job_id or "",
                    film_asset_id=assets.get((step.job_id or "", 0)),
                    price_microusd=step.price_microusd,
                )
        steps = [step for step in finished if step.shot_id is not None]
        clips = {step.id: assets.get((step.job_id or "", 0)) for step in steps}
        await session.change(
            INSERT_TAKES, [_to_take_row(render, step, clips[step.id]) for step in steps]
        )
        render.seen_version = plan.version
        render.open = int(plan.state == PlanState.PENDING or plan.outcome == PlanOutcome.RUNNING)
        await session.flush()
        first_clips: dict[str, str] = {}
        for step in steps:
            clip = clips[step.id]
            if step.state == StepState.SUCCEEDED and step.shot_id is not None and clip is not None:
                first_clips.setdefault(step.shot_id, clip)
        if first_clips:
            # The storyboard may be gone, or have no room for a version: the plan has to move on
            # all the same. The clips stay takes, of which a person can choose later.
            with suppress(NotFound, PayloadTooLarge, StorageQuotaExceeded):
                await self._choose_first_takes(session, plan, render.asset_id, first_clips)

    async def _choose_first_takes(
        self, session: Session, plan: ApprovalPlan, storyboard_id: str, clips: dict[str, str]
    ) -> None:
        """Save the storyboard with a take for each shot that has none; `clips` are assets, by shot.

        Raises:
            NotFound: the storyboard is gone.
            PayloadTooLarge, StorageQuotaExceeded: the new version has no room.
        """
        caller = Caller(
            account_id=plan.owner_id,
            ledger_account=plan.account_id,
            book=plan.book,
            scopes=frozenset(),
        )
        account = plan.account_id
        current = await self.documents.lock_newest(session, account, storyboard_id, "storyboard")
        document = parse_storyboard(current.version.content)
        edits = [
            build_patch_shot(shot.id, {"take": f"asset://{clips[shot.id]}"})
            for shot in document.shots()
            if shot.take is None and shot.id in clips
        ]
        await self.documents.save(
            session,
            caller,
            storyboard_id,
            "storyboard",
            dump_storyboard(apply_edits(document, edits)),
            expected=None,
            author=Author("plan", plan.id),
        )


def _to_take_row(render: StoryboardRender, step: PlanStep, clip: str | None) -> tuple[object, ...]:
    price = step.price_microusd if step.state == StepState.SUCCEEDED else 0
    return (step.job_id, render.asset_id, step.shot_id, clip, render.plan_id, step.state, price)
