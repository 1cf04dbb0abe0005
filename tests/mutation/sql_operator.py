"""Operator of Cosmic Ray that changes SQL inside of Python strings."""

from collections.abc import Iterator
from typing import Any

from cosmic_ray.operators.operator import Example, Operator

from tests.mutation.sql_changes import list_sql_changes

Position = tuple[tuple[int, int], tuple[int, int]]


class SqlReplacer(Operator):  # type: ignore[misc]  # the library has no types
    """One change of one SQL text, as `sql_changes` lists them."""

    def mutation_positions(self, node: Any) -> Iterator[Position]:  # noqa: ANN401 - parso's node
        """Yield the place of each change in a string; a docstring is no SQL."""
        if node.type not in {"string", "fstring_string"} or node.parent.type == "simple_stmt":
            return
        for change in list_sql_changes(node.value):
            yield self._locate(node, change.start), self._locate(node, change.end)

    def mutate(self, node: Any, index: int) -> Any:  # noqa: ANN401 - parso's node
        """Return the string with that one change."""
        change = list_sql_changes(node.value)[index]
        node.value = node.value[: change.start] + change.replacement + node.value[change.end :]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        """Return an example, as the library asks of its operators."""
        return (Example('x = "SELECT a WHERE b < 1"', 'x = "SELECT a WHERE b <= 1"'),)

    def _locate(self, node: Any, offset: int) -> tuple[int, int]:  # noqa: ANN401 - parso's node
        line, column = node.start_pos
        before = node.value[:offset]
        rows = before.count("\n")
        return line + rows, len(before) - before.rfind("\n") - 1 + (0 if rows else column)


class SqlOperators:
    """Provider of our operator, in the form that Cosmic Ray's registry holds."""

    def __iter__(self) -> Iterator[str]:
        return iter(["SqlReplacer"])

    def __getitem__(self, name: str) -> type[Operator]:
        return {"SqlReplacer": SqlReplacer}[name]
