"""card pages that were withdrawn.

A card of a page that was open when auto top-up was turned off is forgotten.
"""

import sqlalchemy as sa
from alembic import op

revision = '0062'
down_revision = '0061'
branch_labels = None
depends_on = None
oldest_code = '0047'

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('card_setup', sa.Column('withdrawn_at', INT, nullable=True))
