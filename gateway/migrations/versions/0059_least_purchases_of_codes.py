"""least purchases of codes.

A credit code for the first purchase may ask for a least price of it.
"""

import sqlalchemy as sa
from alembic import op

revision = '0059'
down_revision = '0058'
branch_labels = None
depends_on = None
oldest_code = '0047'


def upgrade() -> None:
    op.add_column(
        'credit_code',
        sa.Column(
            'least_purchase_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'),
            server_default='0', nullable=False,
        ),
    )
