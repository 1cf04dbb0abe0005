"""handles and costs of attempts.

A server that makes its own ids gives a handle, and one that we pay has a cost. Its node may hold
more than two jobs, so the limit of `max_inflight` is widened; nodes are few, and nothing waits.
"""

import sqlalchemy as sa
from alembic import op

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('media_attempt', sa.Column('handle', sa.Text(), nullable=True))
    op.add_column('media_attempt', sa.Column('cost_microusd', INT, nullable=True))
    op.add_column('media_attempt', sa.Column('cost_state', sa.Text(), nullable=True))
    with op.batch_alter_table('media_node', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.add_column(sa.Column('engine', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('off_reason', sa.Text(), nullable=True))
        batch_op.drop_constraint(batch_op.f('ck_media_node_max_inflight'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_media_node_max_inflight'), 'max_inflight BETWEEN 1 AND 256')
