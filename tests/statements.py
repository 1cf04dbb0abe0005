"""The statements that a piece of a test sends through SQLAlchemy, to count them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Engine, event

IS_RECORDING: ContextVar[bool] = ContextVar("RECORDING", default=False)


@contextmanager
def recorded_statements() -> Iterator[list[str]]:
    """Yield a list of each SQL statement of this task and of tasks that it starts, in order.

    Statements of sweeps that already run are left out: their tasks have another context.
    """
    statements: list[str] = []

    def record_statement(*given: object) -> None:
        if IS_RECORDING.get():
            statements.append(str(given[2]))

    event.listen(Engine, "before_cursor_execute", record_statement)
    token = IS_RECORDING.set(True)
    try:
        yield statements
    finally:
        IS_RECORDING.reset(token)
        event.remove(Engine, "before_cursor_execute", record_statement)
