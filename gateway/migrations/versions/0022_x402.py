"""x402."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
NAME = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    op.create_table('x402_payment',
    sa.Column('checkout_id', NAME, nullable=False),
    sa.Column('natural_key', NAME, nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('purchase_id', NAME, nullable=False),
    sa.Column('payer', NAME, nullable=False),
    sa.Column('nonce', NAME, nullable=False),
    sa.Column('from_block', NUMBER, nullable=False),
    sa.Column('valid_before', NUMBER, nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('refused', NUMBER, nullable=False),
    sa.Column('transaction', NAME, nullable=True),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_x402_payment_book')),
    sa.CheckConstraint("state IN ('pending', 'credited', 'failed')", name=op.f('ck_x402_payment_state')),
    sa.PrimaryKeyConstraint('checkout_id', name=op.f('pk_x402_payment')),
    sa.UniqueConstraint('natural_key', name=op.f('uq_x402_payment_natural_key')),
    sqlite_strict=True
    )
    with op.batch_alter_table('x402_payment', schema=None) as batch_op:
        batch_op.create_index('ix_x402_payment_pending', ['valid_before'], unique=False, postgresql_where=PENDING, sqlite_where=PENDING)
