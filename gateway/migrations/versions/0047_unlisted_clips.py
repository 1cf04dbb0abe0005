"""unlisted clips."""

import sqlalchemy as sa
from alembic import op

revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.add_column(sa.Column('unlisted_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
