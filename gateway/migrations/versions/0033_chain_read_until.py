"""until when a chain was read."""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('chain_cursor', sa.Column('block_at', INT, server_default=sa.text('0'), nullable=False))
