"""The graph of steps: which step needs which, and what happens next. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from gateway.studio.plans.errors import DependencyCycle, MissingDependency, UnknownStep
from gateway.studio.plans.states import PlanOutcome, StepState

UNSUCCESSFUL_STATES = frozenset({StepState.FAILED, StepState.CANCELED})
OPEN_STEP_STATES = frozenset({StepState.WAITING, StepState.SUBMITTED})


def order_steps(dependencies: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the keys of the steps, each after those it needs; `dependencies` is by key, in order.

    Raises:
        UnknownStep: a step needs a key that does not exist; `field` names the step by its place.
        DependencyCycle: steps need each other.
    """
    for place, needed in enumerate(dependencies.values()):
        for key in needed:
            if key not in dependencies:
                raise UnknownStep(f"There is no step {key!r}.", field=f"steps.{place}.dependsOn")
    try:
        return list(TopologicalSorter(dependencies).static_order())
    except CycleError as error:
        cycle: list[str] = error.args[1]
        place = list(dependencies).index(cycle[0])
        path = " → ".join(cycle)
        raise DependencyCycle(f"{path}.", field=f"steps.{place}.dependsOn") from None


@dataclass(frozen=True, slots=True)
class GraphStep:
    """A step as the graph sees it; `dependencies` are the keys of the steps before it."""

    id: str
    key: str
    state: StepState
    dependencies: frozenset[str]


def select_step_ids(steps: Sequence[GraphStep], step_ids: Sequence[str] | None) -> set[str]:
    """Return the ids of the steps to run: those of `step_ids`, or all.

    Raises:
        UnknownStep: the plan has no step with one of these ids.
        MissingDependency: a selected step needs one that is not selected.
    """
    if step_ids is None:
        return {step.id for step in steps}
    chosen, known = set(step_ids), {step.id for step in steps}
    if unknown := sorted(chosen - known):
        raise UnknownStep(f"There is no step {unknown[0]} in the plan.", field="stepIds")
    ids = {step.key: step.id for step in steps}
    needed = {ids[key] for step in steps if step.id in chosen for key in step.dependencies}
    if missing := sorted(needed - chosen):
        keys = ", ".join(step.key for step in steps if step.id in missing)
        raise MissingDependency(
            f"The selected steps need {keys}.", field="stepIds", missing=missing
        )
    return chosen


@dataclass(frozen=True, slots=True)
class ClosedSelection:
    """A selection that can run, by ids of steps.

    `needs_by_dropped_id` are all other steps in order; those that were asked for have the needed
    steps that nobody asked for. `users_by_added_id` are the steps that run only because checked
    ones need them, and which of these do.
    """

    step_ids: list[str]
    needs_by_dropped_id: dict[str, list[str]]
    users_by_added_id: dict[str, list[str]]


def close_selection(
    steps: Sequence[GraphStep], step_ids: Sequence[str] | None, checked_ids: Sequence[str]
) -> ClosedSelection:
    """Close a selection over what needs what, so that it can run.

    `step_ids` are asked for, None is all. Those of `checked_ids` bring along what they need; any
    other is left out if it needs a step that nobody asked for.

    Raises:
        UnknownStep: the plan has no step with one of these ids.
    """
    ids = [step.id for step in steps]
    asked = set(ids if step_ids is None else step_ids)
    checked = set(checked_ids)
    if unknown := sorted((asked | checked) - set(ids)):
        raise UnknownStep(f"There is no step {unknown[0]} in the plan.", field="stepIds")
    needs = _collect_needs(steps)
    asked |= checked
    runnable = {each for each in asked if needs[each] <= asked}
    added = set().union(*(needs[each] for each in checked)) - runnable
    asked |= added
    selected = {each for each in asked if needs[each] <= asked}

    def order(some: set[str]) -> list[str]:
        return [each for each in ids if each in some]

    return ClosedSelection(
        order(selected),
        {
            each: order(needs[each] - asked) if each in asked else []
            for each in ids
            if each not in selected
        },
        {each: order({user for user in checked if each in needs[user]}) for each in order(added)},
    )


def _collect_needs(steps: Sequence[GraphStep]) -> dict[str, set[str]]:
    """Return the ids of the steps that each step needs, directly or through others, by its id."""
    by_key = {step.key: step for step in steps}
    needs: dict[str, set[str]] = {}
    for key in order_steps({step.key: step.dependencies for step in steps}):
        direct = [by_key[need].id for need in by_key[key].dependencies]
        needs[by_key[key].id] = set(direct).union(*(needs[each] for each in direct))
    return needs


@dataclass(frozen=True, slots=True)
class NextSteps:
    """The next moves of an executed plan: ids of steps to skip and to start, and its outcome."""

    skipped_ids: list[str]
    ready_ids: list[str]
    outcome: PlanOutcome


def decide_next_steps(steps: Sequence[GraphStep], on_failure: str, *, is_over: bool) -> NextSteps:
    """Decide how an executed plan goes on; if `is_over`, all waiting steps are skipped.

    `steps` are without dropped ones. With `on_failure` "stop" one failed or canceled step skips all
    that wait; else only those are skipped that need it.
    """
    waiting = [step for step in steps if step.state == StepState.WAITING]
    if is_over or (
        on_failure == "stop" and any(step.state in UNSUCCESSFUL_STATES for step in steps)
    ):
        skip = waiting
    else:
        skip = _find_hopeless_steps(steps)
    skipped_ids = {step.id for step in skip}
    succeeded = {step.key for step in steps if step.state == StepState.SUCCEEDED}
    ready = [
        step.id for step in waiting if step.id not in skipped_ids and step.dependencies <= succeeded
    ]
    states = [StepState.SKIPPED if step.id in skipped_ids else step.state for step in steps]
    return NextSteps([step.id for step in skip], ready, _decide_outcome(states))


def _find_hopeless_steps(steps: Sequence[GraphStep]) -> list[GraphStep]:
    """Return the waiting steps that need, directly or not, a step that did not succeed."""
    lost = {step.key for step in steps if step.state in UNSUCCESSFUL_STATES | {StepState.SKIPPED}}
    hopeless: list[GraphStep] = []
    while True:
        added = [
            step
            for step in steps
            if step.state == StepState.WAITING and step.key not in lost and step.dependencies & lost
        ]
        if not added:
            return hopeless
        hopeless += added
        lost |= {step.key for step in added}


def _decide_outcome(states: Sequence[StepState]) -> PlanOutcome:
    known = set(states)
    if known & OPEN_STEP_STATES:
        return PlanOutcome.RUNNING
    if known <= {StepState.SUCCEEDED}:
        return PlanOutcome.SUCCEEDED
    if StepState.SUCCEEDED in known:
        return PlanOutcome.PARTIAL
    return PlanOutcome.FAILED if StepState.FAILED in known else PlanOutcome.CANCELED
