"""node care."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('media_node', schema=None) as batch_op:
        batch_op.add_column(sa.Column('labels', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('cleanup_dir', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('degraded', INT, nullable=True))
