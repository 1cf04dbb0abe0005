"""payments."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('checkout',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('ledger_account', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('package_code', sa.Text(), nullable=False),
    sa.Column('package_name', sa.Text(), nullable=False),
    sa.Column('price_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('credit_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('bonus_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('return_path', sa.Text(), nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=True),
    sa.Column('request_hash', sa.LargeBinary(), nullable=False),
    sa.Column('provider_reference', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('review_reason', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('expires_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_checkout_book')),
    sa.CheckConstraint("state IN ('creating', 'open', 'processing', 'credited', 'expired', 'failed', 'review')", name=op.f('ck_checkout_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_checkout')),
    sqlite_strict=True
    )
    with op.batch_alter_table('checkout', schema=None) as batch_op:
        batch_op.create_index('ix_checkout_unsettled', ['created_at'], unique=False, postgresql_where=sa.text("state IN ('creating', 'open', 'processing')"), sqlite_where=sa.text("state IN ('creating', 'open', 'processing')"))
        batch_op.create_index('uq_checkout_idempotency_key', ['account_id', 'book', 'provider', 'idempotency_key'], unique=True, postgresql_where=sa.text('idempotency_key IS NOT NULL'), sqlite_where=sa.text('idempotency_key IS NOT NULL'))
        batch_op.create_index('uq_checkout_provider_reference', ['provider', 'provider_reference'], unique=True, postgresql_where=sa.text('provider_reference IS NOT NULL'), sqlite_where=sa.text('provider_reference IS NOT NULL'))

    op.create_table('purchase',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('ledger_account', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('natural_key', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('checkout_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.Column('package_code', sa.Text(), nullable=False),
    sa.Column('package_name', sa.Text(), nullable=False),
    sa.Column('paid_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('credit_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('bonus_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('expires_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('card_hash', sa.Text(), nullable=True),
    sa.Column('receipt_number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_purchase_book')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase')),
    sa.UniqueConstraint('book', 'provider', 'natural_key', name=op.f('uq_purchase_book_provider_natural_key')),
    sa.UniqueConstraint('book', 'receipt_number', name=op.f('uq_purchase_book_receipt_number')),
    sqlite_strict=True
    )
    with op.batch_alter_table('purchase', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchase_checkout_id'), ['checkout_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_account_id_book_id'), ['account_id', 'book', 'id'], unique=False)

    op.create_table('receipt_counter',
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('last', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('book', name=op.f('pk_receipt_counter')),
    sqlite_strict=True
    )
    op.create_table('reversal',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('purchase_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('provider_reference', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('amount_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('credit_taken_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('bonus_taken_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("kind IN ('refund', 'dispute')", name=op.f('ck_reversal_kind')),
    sa.CheckConstraint("outcome IN ('won', 'lost')", name=op.f('ck_reversal_outcome')),
    sa.CheckConstraint("state IN ('wanted', 'taken', 'undone')", name=op.f('ck_reversal_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reversal')),
    sqlite_strict=True
    )
    with op.batch_alter_table('reversal', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reversal_purchase_id'), ['purchase_id'], unique=False)
        batch_op.create_index('uq_reversal_provider_reference', ['provider', 'provider_reference'], unique=True, postgresql_where=sa.text('provider_reference IS NOT NULL'), sqlite_where=sa.text('provider_reference IS NOT NULL'))

    op.create_table('webhook_event',
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('event_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('body_sha256', sa.LargeBinary(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('purchase_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.Column('received_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_webhook_event_book')),
    sa.PrimaryKeyConstraint('provider', 'event_id', name=op.f('pk_webhook_event')),
    sqlite_strict=True
    )
