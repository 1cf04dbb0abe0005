"""Run of a sample of mutants, its results and its report."""

import argparse
import json
import os
import shlex
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_item import MutationSpec, TestOutcome

from tests.mutation.mutants import sample_mutants
from tests.mutation.reach import Reach, cut_to_seconds
from tests.mutation.rooms import ROOMS, Room
from tests.mutation.survivors import list_survivors

# A usage error of pytest begins with "ERROR:", and is no failure of a test.
FAILURES = ("FAILED ", "ERROR ", "ImportError while loading conftest", "timeout")


@dataclass(frozen=True, slots=True)
class Result:
    """A mutant and its end: `caught` by a test, or not."""

    room: str
    place: str
    operator: str
    occurrence: int
    before: str
    after: str
    caught: bool
    caught_by: str
    seconds: float
    all_tests: bool

    @property
    def mutant(self) -> tuple[str, str, int]:
        """The mutant's identity in one version of the code."""
        return self.place, self.operator, self.occurrence


def run_sample(
    results: Path, copy_checkout: Callable[[str], Path], options: argparse.Namespace
) -> None:
    """Test each mutant of the sample that has no result yet, a room at a time in turn."""
    rooms = [room for room in ROOMS if options.room in {room.name, None}]
    tree = copy_checkout("tree")
    reach = Reach(tree.parent / "reach", tree)
    reach.measure(rooms)
    known = {result.mutant: result for result in read_results(results)}
    for room, mutant in take_turns(sample_mutants(tree, rooms, options.sample, options.seed)):
        place = f"{mutant.module_path.relative_to(tree)}:{mutant.start_pos[0]}"
        earlier = known.get((place, mutant.operator_name, mutant.occurrence))
        if earlier and (earlier.caught or not options.all_tests or earlier.all_tests):
            continue
        tests = reach.list_tests(mutant.module_path, mutant.start_pos[0], room)
        if options.all_tests:  # the whole files, for their tests on PostgreSQL too
            tests = list(dict.fromkeys(test.partition("::")[0] for test in tests))
        else:
            tests = cut_to_seconds(tests, reach.seconds, options.seconds)
        changed = move_mutant(mutant, tree, copy_checkout(f"tree-{room.name}"))
        result = run_mutant(changed, room, place, tests, all_tests=options.all_tests)
        with results.open("a") as file:
            file.write(f"{json.dumps(asdict(result))}\n")
        sys.stdout.write(f"{'caught' if result.caught else 'SURVIVED'} {place} {result.after}\n")
        sys.stdout.flush()


def take_turns(sample: dict[str, list[MutationSpec]]) -> Iterator[tuple[Room, MutationSpec]]:
    """Yield one mutant of each room, then the next of each, so that an early end is fair."""
    rooms = {room.name: room for room in ROOMS}
    for turn in range(max(map(len, sample.values()))):
        for name, mutants in sample.items():
            if turn < len(mutants):
                yield rooms[name], mutants[turn]


def move_mutant(mutant: MutationSpec, tree: Path, own_tree: Path) -> MutationSpec:
    """Return the same mutant in the room's own copy, and let the tests run there."""
    os.chdir(own_tree)
    os.environ["PYTHONPATH"] = str(own_tree)
    path = own_tree / mutant.module_path.relative_to(tree)
    places = (mutant.start_pos, mutant.end_pos)
    return MutationSpec(path, mutant.operator_name, mutant.occurrence, *places)


def run_mutant(
    mutant: MutationSpec, room: Room, place: str, tests: list[str], *, all_tests: bool
) -> Result:
    """Change the file, run the tests until one fails, and change the file back.

    A mutant that no test reaches survives at once.

    Raises:
        RuntimeError: the file could not be changed, or pytest ended without a test that failed.
    """
    options = ("-x", "-p", "no:cacheprovider", "--tb=no", "-rfE")
    command = [sys.executable, "-m", "pytest", *options, *(tests or ["--version"])]
    begin = time.monotonic()
    done = mutate_and_test([mutant], shlex.join(["sh", "-c", f"{shlex.join(command)} 2>&1"]), 900)
    failures = [line for line in (done.output or "").splitlines() if line.startswith(FAILURES)]
    survived = done.test_outcome == TestOutcome.SURVIVED
    if not survived and not failures:
        raise RuntimeError(f"{place}, {mutant.operator_name}: {done.output}")
    lines = (done.diff or "").splitlines()
    return Result(
        room=room.name,
        place=place,
        operator=mutant.operator_name,
        occurrence=mutant.occurrence,
        before=read_changed_lines(lines, "-"),
        after=read_changed_lines(lines, "+"),
        caught=not survived,
        caught_by="" if survived else failures[0][:200],
        seconds=round(time.monotonic() - begin, 1),
        all_tests=all_tests,
    )


def read_changed_lines(diff: list[str], sign: str) -> str:
    """Return the lines of a diff with this sign, without their indentation."""
    changed = (line for line in diff if line.startswith(sign) and not line.startswith(sign * 2))
    return "\n".join(line[1:].strip() for line in changed)


def read_results(path: Path) -> list[Result]:
    """Return the latest result of each mutant."""
    lines = path.read_text().splitlines() if path.exists() else []
    results = [Result(**json.loads(line)) for line in lines]
    return [*{result.mutant: result for result in results}.values()]


def print_report(path: Path) -> int:
    """Print the score of each room, and each survivor that `survivors.toml` does not explain."""
    listed = {(each.file, each.before, each.after): each.kind for each in list_survivors()}
    kinds: dict[str, Counter[str]] = {room.name: Counter() for room in ROOMS}
    for result in read_results(path):
        key = (result.place.partition(":")[0], result.before, result.after)
        kind = "caught" if result.caught else listed.get(key, "not listed")
        kinds[result.room][kind] += 1
        if kind == "not listed":
            sys.stdout.write(f"{result.place}\n  - {result.before}\n  + {result.after}\n")
    kinds["all rooms"] = sum(kinds.values(), Counter())
    for name, count in kinds.items():
        differing = count.total() - count["equivalent"]
        share = f"{count['caught'] / differing:.0%}" if differing else "-"
        sys.stdout.write(f"{name:.<12} {share} caught of {differing} that differ: {dict(count)}\n")
    return int(bool(kinds["all rooms"]["not listed"]))
