"""What alembic runs: on a connection that is given, inside its transaction."""

from alembic import context

from gateway.migrations.metadata import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=context.config.attributes["batch"],
)
with context.begin_transaction():
    context.run_migrations()
