"""Steps that wait, start or are skipped, for every graph and every course of events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.studio.plans.errors import DependencyCycle, MissingDependency, UnknownStep
from gateway.studio.plans.graph import (
    GraphStep,
    close_selection,
    decide_next_steps,
    order_steps,
    select_step_ids,
)
from gateway.studio.plans.states import StepState

END_STATES = st.sampled_from([StepState.SUCCEEDED, StepState.FAILED, StepState.CANCELED])


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, list[str]]:
    """Generate the keys that each key needs, without a cycle, in any order."""
    keys = [f"k{number}" for number in range(draw(st.integers(1, 8)))]
    needs = {
        key: draw(st.lists(st.sampled_from(keys[:place]), unique=True)) if place else []
        for place, key in enumerate(keys)
    }
    return {key: needs[key] for key in draw(st.permutations(keys))}


@given(graphs())
def test_each_step_comes_after_all_it_needs(needs: dict[str, list[str]]) -> None:
    order = order_steps(needs)
    assert sorted(order) == sorted(needs)
    for key, needed in needs.items():
        assert all(order.index(each) < order.index(key) for each in needed)


@given(graphs(), st.data())
def test_a_way_back_is_a_cycle(needs: dict[str, list[str]], data: st.DataObject) -> None:
    last = data.draw(st.sampled_from(list(needs)))
    first = data.draw(st.sampled_from([*needs[last], last]))
    circular = needs | {first: [*needs[first], last]}
    with pytest.raises(DependencyCycle) as refused:
        order_steps(circular)
    assert str(refused.value.field).endswith(".dependsOn")


def test_an_unknown_key_is_named_with_its_step() -> None:
    with pytest.raises(UnknownStep) as refused:
        order_steps({"a": [], "b": ["c"]})
    assert refused.value.field == "steps.1.dependsOn"


def build_waiting_steps(needs: dict[str, list[str]]) -> list[GraphStep]:
    return [
        GraphStep(f"id-{key}", key, StepState.WAITING, frozenset(each))
        for key, each in needs.items()
    ]


@given(graphs(), st.data())
def test_a_selection_holds_all_it_needs_or_is_refused(
    needs: dict[str, list[str]], data: st.DataObject
) -> None:
    keys = data.draw(st.lists(st.sampled_from(list(needs)), min_size=1, unique=True))
    lacking = {each for key in keys for each in needs[key]} - set(keys)
    wanted = [f"id-{key}" for key in keys]
    if not lacking:
        assert select_step_ids(build_waiting_steps(needs), wanted) == set(wanted)
        return
    with pytest.raises(MissingDependency) as refused:
        select_step_ids(build_waiting_steps(needs), wanted)
    assert refused.value.members["missing"] == sorted(f"id-{key}" for key in lacking)


@given(graphs(), st.data())
def test_a_closed_selection_runs_and_every_other_step_has_its_reason(
    needs: dict[str, list[str]], data: st.DataObject
) -> None:
    ids = st.sampled_from([f"id-{key}" for key in needs])
    steps = build_waiting_steps(needs)
    wanted = data.draw(st.lists(ids, unique=True))
    checked = data.draw(st.lists(st.sampled_from(wanted), unique=True)) if wanted else []
    closed = close_selection(steps, wanted, checked)
    selected, added = set(closed.step_ids), set(closed.users_by_added_id)
    assert select_step_ids(steps, closed.step_ids) == selected
    assert set(checked) | added <= selected <= {*wanted} | added
    assert not added & set(close_selection(steps, wanted, []).step_ids)
    assert sorted([*selected, *closed.needs_by_dropped_id]) == sorted(step.id for step in steps)
    for step_id, missing in closed.needs_by_dropped_id.items():
        assert bool(missing) == (step_id in wanted)
        assert not {*missing} & ({*wanted} | added)
    assert all(users and {*users} <= {*checked} for users in closed.users_by_added_id.values())
    # The largest one: what was asked for is left out only if it cannot run.
    without = close_selection(steps, closed.step_ids, [])
    assert without.step_ids == closed.step_ids
    assert close_selection(steps, None, []).step_ids == [step.id for step in steps]


@given(graphs(), st.data())
def test_checking_again_undoes_an_uncheck(needs: dict[str, list[str]], data: st.DataObject) -> None:
    steps = build_waiting_steps(needs)
    ids = [step.id for step in steps]
    removed = data.draw(st.sampled_from(ids))
    rest = [each for each in ids if each != removed]
    left = close_selection(steps, rest, [])
    needing = {each for each, missing in left.needs_by_dropped_id.items() if missing}
    assert all(left.needs_by_dropped_id[each] == [removed] for each in needing)
    assert close_selection(steps, [*rest, removed], [removed]).step_ids == ids


@given(graphs(), st.sampled_from(["stop", "continue"]), st.data())
def test_every_plan_ends_and_nothing_starts_before_what_it_needs(
    needs: dict[str, list[str]], on_failure: str, data: st.DataObject
) -> None:
    steps = {step.id: step for step in build_waiting_steps(needs)}
    for _ in range(4 * len(steps) + 4):
        ahead = decide_next_steps(list(steps.values()), on_failure, is_over=False)
        if ahead.outcome != "running":
            break
        done = {step.key for step in steps.values() if step.state == "succeeded"}
        for skipped in ahead.skipped_ids:
            steps[skipped] = set_state(steps[skipped], StepState.SKIPPED)
        for ready in ahead.ready_ids:
            assert steps[ready].dependencies <= done
            steps[ready] = set_state(steps[ready], StepState.SUBMITTED)
        running = [step.id for step in steps.values() if step.state == "submitted"]
        if running:
            ended = data.draw(st.sampled_from(running))
            steps[ended] = set_state(steps[ended], data.draw(END_STATES))
    else:
        raise AssertionError("it runs for ever")
    for skipped in ahead.skipped_ids:
        steps[skipped] = set_state(steps[skipped], StepState.SKIPPED)
    found = {step.state for step in steps.values()}
    assert found <= {"succeeded", "failed", "canceled", "skipped"}
    assert (ahead.outcome == "succeeded") == (found == {"succeeded"})
    if on_failure == "continue":
        lost = {step.key for step in steps.values() if step.state != "succeeded"}
        for step in steps.values():
            assert step.state != "skipped" or step.dependencies & lost


@given(graphs(), st.sampled_from(["stop", "continue"]))
def test_after_its_day_nothing_more_starts(needs: dict[str, list[str]], on_failure: str) -> None:
    ahead = decide_next_steps(build_waiting_steps(needs), on_failure, is_over=True)
    assert (ahead.ready_ids, len(ahead.skipped_ids), ahead.outcome) == ([], len(needs), "canceled")


def set_state(step: GraphStep, state: StepState) -> GraphStep:
    return GraphStep(step.id, step.key, state, step.dependencies)
