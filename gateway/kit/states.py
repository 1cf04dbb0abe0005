"""States as a type checker sees them, and the columns and constraints that keep them.

A state machine is one `State` in the `states.py` of its slice. Its rows, its answers, the OpenAPI
document and our client all take their words from there.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Dialect, TypeDecorator
from sqlalchemy import Text as SqlText


class State(StrEnum):
    """A state of something; it compares, sorts and is written as its word, never as a member.

    The words keep the order in which they are declared: constraints and documents have it too.
    """

    def __repr__(self) -> str:
        """Return the word in quotes, so that no log line or message shows the member's name."""
        return repr(self.value)


S = TypeVar("S", bound=State)


class StateColumn(TypeDecorator[S]):
    """A text column that takes and gives the states of one kind; its constraint is `one_of`.

    A word of a filter that is no such state matches no row; the constraint keeps it out of rows.
    """

    impl = SqlText
    cache_ok = True

    def __init__(self, states: type[S]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: S | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the word of a state, as drivers take it."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> S | None:  # noqa: ARG002
        """Return the state that a row holds."""
        return None if value is None else self.states(value)


def one_of(column: str, states: Iterable[State]) -> str:
    """Return the SQL condition that a column has one of these states, in their order."""
    return f"{column} IN ({', '.join(repr(each) for each in states)})"
