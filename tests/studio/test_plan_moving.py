"""The running plans that the sweeper advances: those that can move, and no others."""

import json
import random

import pytest

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.studio.plans.graph import GraphStep, decide_next_steps
from gateway.studio.plans.rows import MOVABLE_PLANS
from gateway.studio.plans.states import StepState
from tests.databases import MovedClock
from tests.rows import insert_row

pytestmark = pytest.mark.anyio
PLANS = 300
STATES = [each for each in StepState if each is not StepState.PENDING]
PAYERS: list[tuple[int, str | None]] = [(1, None), (1, "alive"), (1, "gone"), (2, None)]
UNSUCCESSFUL_STATES = {"failed", "canceled", "skipped"}


def draw_steps(chance: random.Random) -> list[GraphStep]:
    """Return the steps of a plan whose keys begin alike, in any states."""
    steps: list[GraphStep] = []
    for place in range(chance.randint(1, 5)):
        needed = chance.sample(steps, chance.randint(0, min(place, 2)))
        dropped = any(step.state is StepState.DROPPED for step in needed)
        state = StepState.DROPPED if dropped else chance.choice(STATES)
        key = f"shot{'_' * place}"
        steps.append(GraphStep(key, key, state, frozenset(step.key for step in needed)))
    return steps


async def test_a_plan_is_looked_at_when_it_can_move(database: Database, clock: MovedClock) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    movable, with_losses = set(), set()
    async with database.write() as session:
        for number, stands in ((1, "active"), (2, "frozen")):
            await insert_row(
                session, "ledger_account", id=number, owner_id=f"acct_{number}", kind="customer",
                book="live", state=stands,
            )  # fmt: skip
        for name, revoked_at in (("alive", None), ("gone", 1)):
            await insert_row(session, "spender", key_id=name, account_id=1, revoked_at=revoked_at)
        for number in range(PLANS):
            plan_id, late = f"plan_{number:03}", chance.random() < 0.1
            on_failure = chance.choice(["stop", "continue"])
            account, key_id = chance.choices(PAYERS, weights=[18, 18, 1, 1])[0]
            decided_at = clock.now() - (2 * DAY if late else 0)
            await insert_row(
                session, "approval_plan", id=plan_id, state="executed", outcome="running",
                origin="key", on_failure=on_failure, decided_at=decided_at,
                account_id=account, key_id=key_id,
            )  # fmt: skip
            steps, ended = draw_steps(chance), False
            for place, step in enumerate(steps):
                job_id = None
                if step.state == "submitted":
                    over = chance.random() < 0.2
                    job_id, ended = f"job_{number}_{place}", ended or over
                    await insert_row(
                        session, "job", id=job_id, hold_id=job_id, price_microusd=1,
                        state="succeeded" if over else "running", finished_at=1 if over else None,
                    )  # fmt: skip
                await insert_row(
                    session, "plan_step", id=f"{plan_id}{place}", plan_id=plan_id, place=place,
                    key=step.key, state=step.state, job_id=job_id,
                    depends_on_json=json.dumps(sorted(step.dependencies)),
                )  # fmt: skip
            over = late or (account, key_id) in PAYERS[2:]
            ahead = decide_next_steps(
                [s for s in steps if s.state != "dropped"], on_failure, is_over=over
            )
            if ended or ahead.ready_ids or ahead.skipped_ids or ahead.outcome != "running":
                movable.add(plan_id)
            if any(step.state in UNSUCCESSFUL_STATES for step in steps):
                with_losses.add(plan_id)
    async with database.read() as snapshot:
        found = {row[0] for row in await snapshot.read(MOVABLE_PLANS)}
    assert movable <= found
    assert found - movable <= with_losses
    assert len(found) < PLANS
