"""outputs without a size."""

import sqlalchemy as sa
from alembic import op

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    with op.batch_alter_table('job_output', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.alter_column('width', existing_type=INT, nullable=True)
        batch_op.alter_column('height', existing_type=INT, nullable=True)
        batch_op.add_column(sa.Column('duration', sa.Text(), nullable=True))
