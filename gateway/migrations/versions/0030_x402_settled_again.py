"""x402 settled again."""

import sqlalchemy as sa
from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
KEPT = sa.text('header IS NOT NULL')


def upgrade() -> None:
    op.add_column('x402_payment', sa.Column('settle_after', NUMBER, server_default=sa.text('0'), nullable=False))
    op.add_column('x402_payment', sa.Column('header', sa.Text(), nullable=True))
    op.add_column('x402_payment', sa.Column('block_number', NUMBER, nullable=True))
    op.create_index('ix_x402_payment_kept', 'x402_payment', ['valid_before'], postgresql_where=KEPT, sqlite_where=KEPT)
