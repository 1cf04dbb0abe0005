"""Mutants of the rooms: every change that Cosmic Ray and our operator know, and a random sample."""

import ast
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from cosmic_ray import plugins
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.work_item import MutationSpec

from tests.mutation.rooms import Room
from tests.mutation.sql_operator import SqlOperators

plugins.OPERATOR_PROVIDERS["own"] = SqlOperators()
# Swaps that a programmer could make. Others, as `==` to `<<`, fail at once and would praise us.
SWAPS = {
    "Comparison": (
        "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt"
        " Is_IsNot IsNot_Is"
    ),
    "Binary": "Add_Sub Sub_Add Mul_FloorDiv FloorDiv_Mul Mod_FloorDiv",
    "Unary": "USub_UAdd Delete_Not",
}
PLAIN = (
    "AddNot ReplaceTrueWithFalse ReplaceFalseWithTrue ReplaceAndWithOr ReplaceOrWithAnd"
    " ReplaceBreakWithContinue ReplaceContinueWithBreak ExceptionReplacer NumberReplacer"
    " ZeroIterationForLoop"
)
OPERATORS = (
    *(f"core/Replace{kind}Operator_{each}" for kind in SWAPS for each in SWAPS[kind].split()),
    *(f"core/{each}" for each in PLAIN.split()),
    "own/SqlReplacer",
)


def find_mutants(path: Path) -> Iterator[MutationSpec]:
    """Yield every mutant of a file; the options of dataclasses decide nothing."""
    lines = path.read_text().splitlines()
    nodes = [*ast_nodes(get_ast_from_path(path))]
    for name in OPERATORS:
        operator = plugins.get_operator(name)()
        places = (place for node in nodes for place in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(places):
            if not lines[start[0] - 1].lstrip().startswith("@dataclass"):
                yield MutationSpec(path, name, occurrence, start, end)


def sample_mutants(
    root: Path, rooms: Sequence[Room], size: int, seed: int
) -> dict[str, list[MutationSpec]]:
    """Return up to `size` mutants of each room, one at a place, the same for the same seed."""
    sample = {}
    for room in rooms:
        draw = random.Random(f"{seed} {room.name}")  # noqa: S311 - repeatable, no secret
        places: dict[object, list[MutationSpec]] = defaultdict(list)
        for path in room.list_files(root):
            for mutant in find_mutants(path):
                places[path.relative_to(root), mutant.start_pos].append(mutant)
        chosen = draw.sample(sorted(places, key=str), len(places))
        drawn = (draw.choice(places[place]) for place in chosen)
        sample[room.name] = [*islice(filter(is_python, drawn), size)]
    return sample


def is_python(mutant: MutationSpec) -> bool:
    """Return True if the library can make the mutant and it compiles.

    It takes the `*` of parameters for a product, and fails at `except module.Error`.
    """
    operator = plugins.get_operator(mutant.operator_name)()
    try:
        ast.parse(mutate_code(mutant.module_path.read_text(), operator, mutant.occurrence))
    except (SyntaxError, AttributeError):
        return False
    return True
