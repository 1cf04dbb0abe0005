"""States are members of an enum: a type checker finds a misspelt one, a reader its class."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_core import to_json

from gateway.kit.database.states import State, StateColumn
from gateway.migrations.metadata import METADATA
from tests.style.source import ROOT, find_nodes, to_place

PLACES = ("gateway", "workers")
HOLDS_STATE = {"state", "outcome", "phase", "status"}
OUTSIDE = {  # words that others chose: providers, nodes, Stripe itself
    "gateway/payments/checkouts/verdicts.py",
    "gateway/payments/refunds/reversals.py",
    "gateway/payments/payment.py",
    "gateway/stripe_stand_in/",
}
IN_SQL = re.compile(r"\b(?:state|phase) (?:=|<>) '(\w+)'|\b(?:state|phase) IN \(('[^)]*')\)")


def load_state_classes() -> list[type[State]]:
    for path in ROOT.glob("gateway/**/states.py"):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return State.__subclasses__()


WORDS = {word.value for kind in load_state_classes() for word in kind}


def is_state(node: ast.AST) -> bool:
    """Return True for `row.state`, and for `shown["state"]` of a wire form."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return node.slice.value in HOLDS_STATE
    return isinstance(node, ast.Attribute) and node.attr in HOLDS_STATE


def is_word(node: ast.AST) -> bool:
    parts = node.elts if isinstance(node, ast.Set | ast.Tuple | ast.List) else [node]
    return any(isinstance(each, ast.Constant) and each.value in WORDS for each in parts)


def find_bare_words() -> Iterator[tuple[Path, int]]:
    """Yield each place that compares, sets or looks up a state by a plain word."""
    for path, compared in find_nodes(ast.Compare, *PLACES):
        sides = [compared.left, *compared.comparators]
        if any(map(is_state, sides)) and any(map(is_word, sides)):
            yield path, compared.lineno
    for path, assigned in find_nodes(ast.Assign, *PLACES):
        if any(map(is_state, assigned.targets)) and is_word(assigned.value):
            yield path, assigned.lineno
    for path, called in find_nodes(ast.Call, *PLACES):
        named = any(each.arg in HOLDS_STATE and is_word(each.value) for each in called.keywords)
        verb = called.func
        within = isinstance(verb, ast.Attribute) and verb.attr == "in_" and is_state(verb.value)
        if named or (within and any(map(is_word, called.args))):
            yield path, called.lineno


def test_no_state_is_a_bare_word() -> None:
    found = [
        to_place(path, line)
        for path, line in find_bare_words()
        if not any(to_place(path).startswith(place) for place in OUTSIDE)
    ]
    assert not found, f"use the member of its enum: {found}"


def test_sql_names_only_states_that_there_are() -> None:
    for path, text in find_nodes(ast.Constant, *PLACES):
        if isinstance(text.value, str):
            for one, several in IN_SQL.findall(text.value):
                words = {one} if one else set(re.findall(r"'(\w+)'", several))
                assert words <= WORDS, to_place(path, text.lineno)


def test_every_column_of_states_is_typed() -> None:
    columns = [
        column
        for table in METADATA.tables.values()
        for column in table.columns
        if column.name in {"state", "phase"} or (column.name, table.name) == ("status", "shot_take")
    ]
    assert [str(each) for each in columns if not isinstance(each.type, StateColumn)] == []


@pytest.mark.parametrize("kind", load_state_classes())
def test_a_state_is_written_as_its_word_everywhere(kind: type[State]) -> None:
    for each in kind:
        word = each.value
        assert (str(each), f"{each}", repr(each), f"{[each]}") == (
            word,
            word,
            repr(word),
            f"['{word}']",
        )
        assert to_json({each: each}) == to_json({word: word})
        assert {word: 1}[each] == 1
