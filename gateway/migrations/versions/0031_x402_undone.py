"""x402 undone."""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None

STATES = "state IN ('pending', 'credited', 'failed', 'lost', 'reversed')"
OPEN = sa.text("state IN ('pending', 'lost')")
IN_BLOCK = sa.text("state = 'credited'")


def upgrade() -> None:
    with op.batch_alter_table('x402_payment', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_index('ix_x402_payment_pending')
        batch_op.drop_constraint(batch_op.f('ck_x402_payment_state'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_x402_payment_state'), STATES)
        batch_op.create_index('ix_x402_payment_pending', ['tried_at'], unique=False, postgresql_where=OPEN, sqlite_where=OPEN)
        batch_op.create_index('ix_x402_payment_in_block', ['block_number'], unique=False, postgresql_where=IN_BLOCK, sqlite_where=IN_BLOCK)
