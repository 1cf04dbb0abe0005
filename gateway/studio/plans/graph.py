"""The graph of steps: which waits for which, and what happens next. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from gateway.studio.plans.errors import DependencyCycle, MissingDependency, UnknownStep
from gateway.studio.plans.states import PlanOutcome, StepState

BAD = frozenset({StepState.FAILED, StepState.CANCELED})
OPEN = frozenset({StepState.WAITING, StepState.SUBMITTED})


def ordered(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the keys so that each comes after those it needs.

    Raises:
        UnknownStep: a key is needed that is not there; `field` names the step by its place.
        DependencyCycle: they need each other.
    """
    for place, needed in enumerate(needs.values()):
        for key in needed:
            if key not in needs:
                raise UnknownStep(f"There is no step {key!r}.", field=f"steps.{place}.dependsOn")
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        place = list(needs).index(circle[0])
        shown = " → ".join(circle)
        raise DependencyCycle(f"{shown}.", field=f"steps.{place}.dependsOn") from None


@dataclass(frozen=True, slots=True)
class Step:
    """Where a step is; `needs` are the keys of those before it."""

    id: str
    key: str
    state: StepState
    needs: frozenset[str]


def selected(steps: Sequence[Step], step_ids: Sequence[str] | None) -> set[str]:
    """Return the ids of the steps to run: those named, or all.

    Raises:
        UnknownStep, MissingDependency: see there.
    """
    if step_ids is None:
        return {step.id for step in steps}
    chosen, known = set(step_ids), {step.id for step in steps}
    if strange := sorted(chosen - known):
        raise UnknownStep(f"There is no step {strange[0]} in the plan.", field="stepIds")
    ids = {step.key: step.id for step in steps}
    needed = {ids[key] for step in steps if step.id in chosen for key in step.needs}
    if missing := sorted(needed - chosen):
        keys = ", ".join(step.key for step in steps if step.id in missing)
        raise MissingDependency(
            f"The selected steps need {keys}.", field="stepIds", missing=missing
        )
    return chosen


@dataclass(frozen=True, slots=True)
class Course:
    """What follows from the states of an executed plan: ids to skip, to start, and its end."""

    skip: list[str]
    ready: list[str]
    outcome: PlanOutcome


def course(steps: Sequence[Step], on_failure: str, *, over: bool) -> Course:
    """Decide how an executed plan goes on, or that it starts nothing more when that is `over`.

    Dropped steps are left out by the caller.
    """
    waiting = [step for step in steps if step.state == StepState.WAITING]
    if over or (on_failure == "stop" and any(step.state in BAD for step in steps)):
        skip = waiting
    else:
        skip = _hopeless(steps)
    gone = {step.id for step in skip}
    succeeded = {step.key for step in steps if step.state == StepState.SUCCEEDED}
    ready = [step.id for step in waiting if step.id not in gone and step.needs <= succeeded]
    states = [StepState.SKIPPED if step.id in gone else step.state for step in steps]
    return Course([step.id for step in skip], ready, _outcome(states))


def _hopeless(steps: Sequence[Step]) -> list[Step]:
    """Return the waiting steps that need, through others or not, one that did not succeed."""
    lost = {step.key for step in steps if step.state in BAD | {StepState.SKIPPED}}
    found: list[Step] = []
    while True:
        more = [
            step
            for step in steps
            if step.state == StepState.WAITING and step.key not in lost and step.needs & lost
        ]
        if not more:
            return found
        found += more
        lost |= {step.key for step in more}


def _outcome(states: Sequence[StepState]) -> PlanOutcome:
    known = set(states)
    if known & OPEN:
        return PlanOutcome.RUNNING
    if known <= {StepState.SUCCEEDED}:
        return PlanOutcome.SUCCEEDED
    if StepState.SUCCEEDED in known:
        return PlanOutcome.PARTIAL
    return PlanOutcome.FAILED if StepState.FAILED in known else PlanOutcome.CANCELED
