"""net of reversals.

The part of a refund that is no tax, in dollars: a commission is on the price without its tax.
"""

import sqlalchemy as sa
from alembic import op

revision = '0057'
down_revision = '0056'
branch_labels = None
depends_on = None
oldest_code = '0047'


def upgrade() -> None:
    op.add_column('reversal', sa.Column('net_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
