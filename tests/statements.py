"""The statements that a piece of a test sends through SQLAlchemy, to count them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Yield a list that takes every statement of every engine, in the order they are sent."""
    statements: list[str] = []

    def record_statement(*given: object) -> None:
        statements.append(str(given[2]))

    event.listen(Engine, "before_cursor_execute", record_statement)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", record_statement)
