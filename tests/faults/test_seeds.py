"""Whole gateways that die at any moment: what was promised holds, whatever the order of things."""

import ast
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.points import CRASH_POINTS, OTHER_CRASH_POINTS
from tests.faults.required_events import list_missing_events
from tests.faults.seeds import SeedRunner
from tests.style.source import find_nodes, to_place

NOTED = ("submitted", "running", "unknown", "canceling")
HANDFUL, ROUND = range(3), len(CRASH_POINTS)
AT_LEAST, AT_MOST = 4 * ROUND, 12 * ROUND


@pytest.fixture(scope="module")
def seeds() -> Iterator[SeedRunner]:
    with SeedRunner.open() as found:
        yield found


@pytest.mark.promise("faults: any-moment")
@pytest.mark.parametrize("seed", HANDFUL)
def test_a_gateway_that_dies_at_any_moment_keeps_its_promises(seeds: SeedRunner, seed: int) -> None:
    seeds.run(seed)


@pytest.mark.promise("faults: same-seed")
def test_the_same_seed_is_the_same_run(seeds: SeedRunner) -> None:
    seeds.run(4)
    before = seeds.trace
    seeds.run(4)
    assert seeds.trace == before
    assert len(before) > 50


@pytest.mark.slow
@pytest.mark.promise("faults: any-moment")
def test_over_many_seeds_every_point_kills_and_all_that_can_happen_does(seeds: SeedRunner) -> None:
    """Any change of the code gives each seed another run, so what is rare may need some more."""
    seen: Counter[str] = Counter()
    for seed in range(AT_MOST):
        if seed >= AT_LEAST and not list_missing_events(seen):
            break
        seen += seeds.run(seed)
    assert list_missing_events(seen) == []


def test_each_point_in_the_code_is_one_that_seeds_or_processes_die_at() -> None:
    """A point that nobody dies at proves nothing."""
    reached = [
        (ast.unparse(call.args[0]), to_place(path, call.lineno))
        for path, call in find_nodes(ast.Call, "gateway", "workers")
        if ast.unparse(call.func) == "faults.reach"
    ]
    known = {*map(repr, (*CRASH_POINTS, *OTHER_CRASH_POINTS)), "f'engine.{state}'"}
    assert [(point, place) for point, place in reached if point not in known] == []
    gone = known - {point for point, _ in reached}
    assert gone == {repr(f"engine.{state}") for state in NOTED}
