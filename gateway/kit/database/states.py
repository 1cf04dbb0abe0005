"""States as a type checker sees them, and the columns and constraints that store them.

A state machine is one subclass of `State` in the `states.py` of its slice. Its rows, its answers,
the OpenAPI document and our client all take their words from there.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Dialect, TypeDecorator
from sqlalchemy import Text as SqlText


class State(StrEnum):
    """A state; it compares, sorts and prints as its word, never as the member's name.

    Constraints and documents list the words in the order of their declaration.
    """

    def __repr__(self) -> str:
        """Return the word in quotes, so that no log line or message shows the member's name."""
        return repr(self.value)


S = TypeVar("S", bound=State)


class StateColumn(TypeDecorator[S]):
    """A text column that stores the states of one class; `build_state_check` makes its constraint.

    A filter may compare it with any word: one that is no state matches no row.
    """

    impl = SqlText
    cache_ok = True

    def __init__(self, states: type[S]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: S | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the word of a state, as the drivers take it."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> S | None:  # noqa: ARG002
        """Return the state that a row holds."""
        return None if value is None else self.states(value)


def build_state_check(column: str, states: Iterable[State]) -> str:
    """Return the SQL condition that a column has one of these states."""
    return f"{column} IN ({', '.join(repr(each) for each in states)})"
