"""times of returns.

When it was settled that money of a purchase goes back, and when it came back after all: the journal
of sales dates a line for each, so that nothing later changes a month that was filed.
"""

import sqlalchemy as sa
from alembic import op

revision = '0058'
down_revision = '0057'
branch_labels = None
depends_on = None
oldest_code = '0047'

TIME = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('reversal', sa.Column('returned_at', TIME, nullable=True))
    op.add_column('reversal', sa.Column('restored_at', TIME, nullable=True))
