"""Steps of a plan on its card: their titles, and which of them are checked. Pure.

A step that needs an unchecked one cannot run, so it is unchecked too. A step that is checked again
brings along the steps it needs. Either way the card names the steps that changed, and why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.media.tasks.catalogue import TASKS
from gateway.pages.answers import StepAnswer

CHECKED_PREFIX = "step."  # a checkbox: step.STEP_ID
SHOWN_FIELD = "shownSteps"  # the ids that were checked when the form was rendered
MOST_NAMED = 2
FREE_STEP_TITLES = {
    "studio.text.save": "Save a text",
    "studio.storyboard.save": "Save a storyboard",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """The ids of the checked steps in plan order, and words about steps that changed with them."""

    step_ids: list[str]
    words: str = ""


def get_step_title(operation: str) -> str:
    """Return the title of the operation of a step."""
    return (
        TASKS[operation].title if operation in TASKS else FREE_STEP_TITLES.get(operation, operation)
    )


def number_step_titles(steps: Sequence[StepAnswer]) -> dict[str, str]:
    """Return the title of each step by its key; a number in front tells equal ones apart."""
    return {
        step["key"]: f"{number}. {get_step_title(step['operation'])}"
        for number, step in enumerate(steps, 1)
    }


def render_needs(step: StepAnswer, steps: Sequence[StepAnswer]) -> str:
    """List the steps that a step needs directly, by their numbers; empty if it needs none."""
    numbers = [
        str(number) for number, each in enumerate(steps, 1) if each["key"] in step["dependsOn"]
    ]
    if not numbers:
        return ""
    return f"Needs step{'s' if len(numbers) > 1 else ''} {_join_names(numbers, len(numbers))}."


def select_all_steps(steps: Sequence[StepAnswer]) -> Selection:
    """Select every step, as on a new card."""
    return Selection([step["stepId"] for step in steps])


def select_steps(steps: Sequence[StepAnswer], form: Mapping[str, str]) -> Selection:
    """Read the selection of a form, and complete it so that it can run.

    Only steps that were checked when the form was rendered count as unchecked now: a step that the
    form showed unchecked, and that a checked one needs, is brought back instead.
    """
    marked = {step["key"] for step in steps if f"{CHECKED_PREFIX}{step['stepId']}" in form}
    shown_ids = (
        form[SHOWN_FIELD].split(",") if SHOWN_FIELD in form else [step["stepId"] for step in steps]
    )
    removed = {step["key"] for step in steps if step["stepId"] in shown_ids} - marked
    needed = _collect_needs(steps)
    gone = {key for key in marked if needed[key] & removed}
    kept_keys = marked - gone
    brought = {need for key in kept_keys for need in needed[key]} - kept_keys
    titles = number_step_titles(steps)

    def named(keys: Collection[str]) -> str:
        return _join_names([f"“{title}”" for key, title in titles.items() if key in keys])

    words = []
    if gone:
        lost = {need for key in gone for need in needed[key] & removed}
        they = "they need" if len(gone) > 1 else "it needs"
        words.append(f"Unchecked too: {named(gone)}, because {they} {named(lost)}.")
    if brought:
        users = {key for key in kept_keys if needed[key] & brought}
        verb = "need" if len(users) > 1 else "needs"
        it = "them" if len(brought) > 1 else "it"
        words.append(f"Checked too: {named(brought)}, because {named(users)} {verb} {it}.")
    chosen = kept_keys | brought
    return Selection([step["stepId"] for step in steps if step["key"] in chosen], " ".join(words))


def _collect_needs(steps: Sequence[StepAnswer]) -> dict[str, set[str]]:
    """Return the keys that each step needs, directly or through others.

    The recursion ends because a plan has no circles: a step comes after the ones it needs.
    """
    direct = {step["key"]: step["dependsOn"] for step in steps}
    needs_by_key: dict[str, set[str]] = {}

    def collect(key: str) -> set[str]:
        if key not in needs_by_key:
            needs_by_key[key] = set(direct[key]).union(*(collect(need) for need in direct[key]))
        return needs_by_key[key]

    for key in direct:
        collect(key)
    return needs_by_key


def _join_names(names: Sequence[str], most: int = MOST_NAMED) -> str:
    """Join names as in a sentence; of many, the first `most` and the number of the others."""
    omitted = len(names) - most
    parts = [*names[:most], *([f"{omitted} more"] if omitted > 0 else [])]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
