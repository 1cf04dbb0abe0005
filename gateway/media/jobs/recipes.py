"""The recipe of a result: what its job was told and what it cost, without files of its owner."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.kit.database.sessions import Session
from gateway.library.asset_queries import OutputPlace
from gateway.media.tables import Job, Output
from gateway.media.tasks.catalogue import TASKS
from gateway.media.tasks.input_json import InputJson

PROMPT_FIELD, SEED_FIELD = "prompt", "seed"
# Results of other settings: a job that is told them again would be adjusted or refused.
DERIVED_FIELDS = frozenset({"count", "durationFrames", "frames"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The plain values that one result was made from.

    `settings` are plain values only, such as size and style: media inputs are left out. `seed` is
    the result's own. `cost_microusd` is its part of the job's charge, rounded up.
    """

    task: str
    title: str
    prompt: str
    seed: int | None
    settings: InputJson
    cost_microusd: int


async def load_recipes(
    session: Session, places: Collection[OutputPlace]
) -> dict[OutputPlace, Recipe]:
    """Return the recipes of outputs; a prompt is empty once it was erased."""
    job_ids = {job_id for job_id, _ in places}
    statement = (
        select(Job, func.count())
        .join(Output, Output.job_id == Job.id)
        .where(Job.id.in_(job_ids))
        .group_by(Job.id)
    )
    jobs = {job.id: (job, count) for job, count in await session.execute(statement)}
    return {place: _build_recipe(*jobs[place[0]], place[1]) for place in places}


def _build_recipe(job: Job, outputs: int, index: int) -> Recipe:
    values: InputJson = json.loads(job.effective_input_json)
    seed = values.get(SEED_FIELD)
    return Recipe(
        task=job.task,
        title=TASKS[job.task].title,
        prompt=str(values.get(PROMPT_FIELD) or ""),
        seed=seed + index if isinstance(seed, int) else None,
        settings={name: value for name, value in values.items() if _is_setting(name, value)},
        cost_microusd=-(-(job.captured_microusd or 0) // outputs),
    )


def _is_setting(name: str, value: object) -> bool:
    """Return True for a plain value that says how a result looks, and names no file."""
    if name in {PROMPT_FIELD, SEED_FIELD} | DERIVED_FIELDS or name.endswith(("Url", "Urls")):
        return False
    return isinstance(value, str | int | float | bool) and value != ""
