"""crypto."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
NAME = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
STATES = "state IN ('creating', 'open', 'processing', 'seen', 'credited', 'underpaid', 'expired', 'failed', 'review')"
AWAITED = sa.text("provider = 'onchain' AND state IN ('open', 'seen')")
KINDS = "kind IN ('refund', 'dispute', 'deposit_reversed')"


def upgrade() -> None:
    with op.batch_alter_table('checkout', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_checkout_state'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_checkout_state'), STATES)
        batch_op.create_index('ix_checkout_awaited', ['expires_at'], unique=False, postgresql_where=AWAITED, sqlite_where=AWAITED)
    with op.batch_alter_table('reversal', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_reversal_kind'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_reversal_kind'), KINDS)
    op.create_table('chain_block',
    sa.Column('chain_id', NUMBER, autoincrement=False, nullable=False),
    sa.Column('number', NUMBER, autoincrement=False, nullable=False),
    sa.Column('hash', NAME, nullable=False),
    sa.PrimaryKeyConstraint('chain_id', 'number', name=op.f('pk_chain_block')),
    sqlite_strict=True
    )
    op.create_table('chain_cursor',
    sa.Column('chain_id', NUMBER, autoincrement=False, nullable=False),
    sa.Column('next_block', NUMBER, nullable=False),
    sa.Column('holder', sa.Text(), nullable=False),
    sa.Column('lease_until', NUMBER, nullable=False),
    sa.Column('read_at', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('chain_id', name=op.f('pk_chain_cursor')),
    sqlite_strict=True
    )
    op.create_table('deposit',
    sa.Column('chain_id', NUMBER, autoincrement=False, nullable=False),
    sa.Column('transaction', NAME, nullable=False),
    sa.Column('position', NUMBER, autoincrement=False, nullable=False),
    sa.Column('checkout_id', NAME, nullable=False),
    sa.Column('sender', NAME, nullable=False),
    sa.Column('amount_microusd', NUMBER, nullable=False),
    sa.Column('block_number', NUMBER, nullable=False),
    sa.Column('block_hash', NAME, nullable=False),
    sa.Column('block_at', NUMBER, nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.CheckConstraint("state IN ('seen', 'credited', 'orphaned', 'lost', 'reversed')", name=op.f('ck_deposit_state')),
    sa.CheckConstraint('amount_microusd > 0', name=op.f('ck_deposit_amount')),
    sa.PrimaryKeyConstraint('chain_id', 'transaction', 'position', name=op.f('pk_deposit')),
    sqlite_strict=True
    )
    with op.batch_alter_table('deposit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deposit_chain_id_state_block_number'), ['chain_id', 'state', 'block_number'], unique=False)
        batch_op.create_index(batch_op.f('ix_deposit_checkout_id'), ['checkout_id'], unique=False)

    op.create_table('deposit_address',
    sa.Column('checkout_id', NAME, nullable=False),
    sa.Column('chain_id', NUMBER, nullable=False),
    sa.Column('wallet', NAME, nullable=False),
    sa.Column('position', NUMBER, nullable=False),
    sa.Column('address', NAME, nullable=False),
    sa.Column('watched_until', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('checkout_id', name=op.f('pk_deposit_address')),
    sa.UniqueConstraint('chain_id', 'address', name=op.f('uq_deposit_address_chain_id_address')),
    sa.UniqueConstraint('wallet', 'position', name=op.f('uq_deposit_address_wallet_position')),
    sqlite_strict=True
    )
    with op.batch_alter_table('deposit_address', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deposit_address_chain_id_watched_until'), ['chain_id', 'watched_until'], unique=False)

    op.create_table('deposit_wallet',
    sa.Column('wallet', NAME, nullable=False),
    sa.Column('last', NUMBER, nullable=False),
    sa.PrimaryKeyConstraint('wallet', name=op.f('pk_deposit_wallet')),
    sqlite_strict=True
    )
