"""autovacuum."""

from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None

CHANGING = ('ledger_account', 'spend_policy', 'job')


def upgrade() -> None:
    # Rows that change all the time: a fifth of a large table is too much to leave dead.
    if op.get_bind().dialect.name != 'postgresql':
        return
    for table in CHANGING:
        op.execute(
            f'ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01,'
            ' autovacuum_analyze_scale_factor = 0.01)'
        )
