"""auto top-up."""

import sqlalchemy as sa
from alembic import op

revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None
oldest_code = '0047'


def upgrade() -> None:
    op.create_table('card_removal',
    sa.Column('payment_method_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('next_try_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('payment_method_id', name=op.f('pk_card_removal')),
    sqlite_strict=True
    )
    op.create_table('card_setup',
    sa.Column('session_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('used_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('session_id', name=op.f('pk_card_setup')),
    sqlite_strict=True
    )
    op.create_table('saved_card',
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('payment_method_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('brand', sa.Text(), nullable=False),
    sa.Column('last4', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_saved_card_book')),
    sa.PrimaryKeyConstraint('account_id', 'book', name=op.f('pk_saved_card')),
    sqlite_strict=True
    )
    op.create_table('top_up',
    sa.Column('checkout_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('ledger_account', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('decline_code', sa.Text(), nullable=True),
    sa.Column('package_code', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('gross_micros', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('monthly_max_micros', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('rule_version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('payment_method_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('card_last4', sa.Text(), nullable=False),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('next_step_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('confirm_until', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('ended_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_top_up_book')),
    sa.CheckConstraint("state IN ('charging', 'waiting', 'credited', 'declined', 'unconfirmed', 'over_maximum', 'canceled', 'refused')", name=op.f('ck_top_up_state')),
    sa.PrimaryKeyConstraint('checkout_id', name=op.f('pk_top_up')),
    sqlite_strict=True
    )
    with op.batch_alter_table('top_up', schema=None) as batch_op:
        batch_op.create_index('ix_top_up_due', ['next_step_at'], unique=False, postgresql_where=sa.text("state IN ('charging', 'waiting')"), sqlite_where=sa.text("state IN ('charging', 'waiting')"))
        batch_op.create_index('ix_top_up_month', ['account_id', 'book', 'month'], unique=False)
        batch_op.create_index('uq_top_up_in_flight', ['account_id', 'book'], unique=True, postgresql_where=sa.text("state IN ('charging', 'waiting')"), sqlite_where=sa.text("state IN ('charging', 'waiting')"))

    op.create_table('top_up_rule',
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('ledger_account', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('off_reason', sa.Text(), nullable=True),
    sa.Column('threshold_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('package_code', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('monthly_max_micros', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('declines', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('retry_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('changed_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_top_up_rule_book')),
    sa.CheckConstraint("off_reason IN ('person', 'declined', 'refused', 'package_gone', 'refunded', 'frozen', 'closed', 'operator')", name=op.f('ck_top_up_rule_off_reason')),
    sa.CheckConstraint("state IN ('on', 'off')", name=op.f('ck_top_up_rule_state')),
    sa.CheckConstraint('threshold_microusd > 0 AND monthly_max_micros > 0', name=op.f('ck_top_up_rule_amounts')),
    sa.PrimaryKeyConstraint('account_id', 'book', name=op.f('pk_top_up_rule')),
    sqlite_strict=True
    )
    with op.batch_alter_table('top_up_rule', schema=None) as batch_op:
        batch_op.create_index('ix_top_up_rule_on', ['ledger_account'], unique=False, postgresql_where=sa.text("state = 'on'"), sqlite_where=sa.text("state = 'on'"))
