"""The script that alembic runs: on a given connection, inside its transaction."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from gateway.kit.database.states import StateColumn
from gateway.migrations.compatibility import build_comparison_options
from gateway.migrations.metadata import METADATA


def render_state(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write a column of states as the text that it is: a migration knows no words of today."""
    return "sa.Text()" if kind == "type" and isinstance(item, StateColumn) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_item=render_state,
    render_as_batch=context.config.attributes["batch"],
    **build_comparison_options(),
)
with context.begin_transaction():
    context.run_migrations()
