"""affiliates."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('affiliate',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('display_name', sa.Text(), nullable=False),
    sa.Column('website', sa.Text(), nullable=True),
    sa.Column('promotion_plan', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('code_changed_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('payout_method', sa.Text(), nullable=True),
    sa.Column('payout_destination', sa.Text(), nullable=True),
    sa.Column('payouts_from', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("payout_method IN ('usdc', 'paypal', 'bank', 'account_credit')", name=op.f('ck_affiliate_payout_method')),
    sa.CheckConstraint("state IN ('applied', 'approved', 'rejected', 'suspended', 'banned')", name=op.f('ck_affiliate_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_affiliate')),
    sa.UniqueConstraint('account_id', name=op.f('uq_affiliate_account_id')),
    sqlite_strict=True
    )
    op.create_table('affiliate_day',
    sa.Column('affiliate_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('day', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('clicks', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('affiliate_id', 'day', name=op.f('pk_affiliate_day')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    op.create_table('affiliate_code',
    sa.Column('code', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('affiliate_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['affiliate_id'], ['affiliate.id'], name=op.f('fk_affiliate_code_affiliate_id')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_affiliate_code')),
    sqlite_strict=True
    )
    with op.batch_alter_table('affiliate_code', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_affiliate_code_affiliate_id'), ['affiliate_id'], unique=False)

    op.create_table('commission',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('affiliate_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('purchase_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('buyer_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('reference', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('purchase_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rate_bps', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('due_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('transfer_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.Column('reversed_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('suspicion', sa.Text(), nullable=True),
    sa.Column('disputed', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('payout_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_commission_book')),
    sa.CheckConstraint("kind IN ('commission', 'clawback', 'restored')", name=op.f('ck_commission_kind')),
    sa.CheckConstraint("reversed_microusd >= 0 AND (kind <> 'clawback') = (amount_microusd > 0)", name=op.f('ck_commission_amount')),
    sa.CheckConstraint("state IN ('pending', 'hold', 'approved', 'in_payout', 'paid', 'reversed')", name=op.f('ck_commission_state')),
    sa.ForeignKeyConstraint(['affiliate_id'], ['affiliate.id'], name=op.f('fk_commission_affiliate_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_commission')),
    sa.UniqueConstraint('reference', name=op.f('uq_commission_reference')),
    sqlite_strict=True
    )
    with op.batch_alter_table('commission', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_commission_affiliate_id_book_id'), ['affiliate_id', 'book', 'id'], unique=False)
        batch_op.create_index('ix_commission_due', ['due_at'], unique=False, postgresql_where=sa.text("state = 'pending'"), sqlite_where=sa.text("state = 'pending'"))
        batch_op.create_index(batch_op.f('ix_commission_payout_id'), ['payout_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_commission_purchase_id'), ['purchase_id'], unique=False)
        batch_op.create_index('ix_commission_unpaid', ['affiliate_id'], unique=False, postgresql_where=sa.text("payout_id IS NULL AND state = 'approved'"), sqlite_where=sa.text("payout_id IS NULL AND state = 'approved'"))
        batch_op.create_index('uq_commission_purchase', ['purchase_id'], unique=True, postgresql_where=sa.text("kind = 'commission'"), sqlite_where=sa.text("kind = 'commission'"))

    op.create_table('payout',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('affiliate_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('method', sa.Text(), nullable=False),
    sa.Column('destination', sa.Text(), nullable=True),
    sa.Column('amount_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('transfer_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('paid_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_payout_book')),
    sa.CheckConstraint("method IN ('usdc', 'paypal', 'bank', 'account_credit')", name=op.f('ck_payout_method')),
    sa.CheckConstraint("state IN ('requested', 'approved', 'paid', 'rejected', 'failed')", name=op.f('ck_payout_state')),
    sa.CheckConstraint('amount_microusd > 0', name=op.f('ck_payout_amount')),
    sa.ForeignKeyConstraint(['affiliate_id'], ['affiliate.id'], name=op.f('fk_payout_affiliate_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payout')),
    sqlite_strict=True
    )
    with op.batch_alter_table('payout', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payout_affiliate_id_book_id'), ['affiliate_id', 'book', 'id'], unique=False)
        batch_op.create_index('uq_payout_open', ['affiliate_id', 'book'], unique=True, postgresql_where=sa.text("state IN ('requested', 'approved')"), sqlite_where=sa.text("state IN ('requested', 'approved')"))

    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.create_index('ix_account_referral_code', ['referral_code', 'created_at'], unique=False, postgresql_where=sa.text('referral_code IS NOT NULL'), sqlite_where=sa.text('referral_code IS NOT NULL'))
