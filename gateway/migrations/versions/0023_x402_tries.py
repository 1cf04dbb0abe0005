"""x402 tries."""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    with op.batch_alter_table('x402_payment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('tried_at', INT, server_default=sa.text('0'), nullable=False))
        batch_op.drop_index('ix_x402_payment_pending')
        batch_op.create_index('ix_x402_payment_pending', ['tried_at'], unique=False, postgresql_where=PENDING, sqlite_where=PENDING)
