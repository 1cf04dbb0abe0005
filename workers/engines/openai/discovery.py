"""The discovery of a server that no engines file describes: its dialect, models and tasks.

Only what `/models` says is known, so the tasks of most models are guessed by their names. A guess
that is wrong makes no wrong output: each one is measured, and what differs is refused.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from workers.engines.base import BadAnswer
from workers.engines.openai.client import ServerAnswer, ServerClient
from workers.engines.openai.dialects.catalogue import DIALECTS
from workers.engines.openai.dialects.dialect import Call, Dialect, ServedModel
from workers.engines.openai.upstreams import HIGH_DETAIL, STEPS, ServerFamily, Upstream

MODELS_CALL = Call(method="GET", path="/models")
_MOST_NAME = 60


async def discover_families(client: ServerClient, upstream: Upstream) -> Upstream:
    """Return the upstream with its dialect and families; one that has them stays as it is.

    Raises:
        Unreachable: the server does not answer, or not in any dialect.
    """
    if upstream.dialect is not None:
        return upstream
    answer = await client.ask(MODELS_CALL)
    dialect = _find_dialect(answer)
    if dialect is None:
        known = ", ".join(DIALECTS)
        raise BadAnswer(f"/models said {answer.status}, and names no server of {known}")
    families = _guess_families(dialect, dialect.list_models(answer.body))
    return replace(upstream, dialect=dialect, families={one.task: one for one in families})


def _find_dialect(answer: ServerAnswer) -> Dialect | None:
    if not answer.is_ok:
        return None
    mine = (one for one in DIALECTS.values() if one.is_mine(one.list_models(answer.body)))
    return next(mine, None)


def _guess_families(dialect: Dialect, models: Sequence[ServedModel]) -> list[ServerFamily]:
    """Guess a family for each task: of several models that do it, the first."""
    families: dict[str, ServerFamily] = {}
    for model in models:
        for task, takes in dialect.guess_tasks(model).items():
            if task in dialect.needs_steps:  # which only an engines file can say
                continue
            detailed = {STEPS} if HIGH_DETAIL in takes else set()
            families.setdefault(
                task,
                ServerFamily(
                    name=_name_family(model.id),
                    task=task,
                    model=model.id,
                    takes=takes - {HIGH_DETAIL, STEPS} | detailed,
                    images=dialect.most_images,
                    sizes=dialect.grid,
                    obeyed_texts=dialect.obeyed_texts,
                    audio="generateAudio" in takes and dialect.makes_sound,
                ),
            )
    return [*families.values()]


def _name_family(model: str) -> str:
    """Return a name for users to see: the model's own, without its folder and odd signs."""
    word = re.sub(r"[^A-Za-z0-9_-]+", "-", model.rpartition("/")[2]).strip("-")[:_MOST_NAME]
    return word if word[:1].isalpha() else f"model-{word}"[:_MOST_NAME]
