"""bills of purchases.

What a buyer was charged in the currency of the charge, its tax, and the Customer at Stripe. The
columns of `checkout` and `reversal` have defaults, so the program before this one goes on.
"""

import sqlalchemy as sa
from alembic import op

revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None
oldest_code = '0047'

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'purchase_bill',
        sa.Column('purchase_id', ID, nullable=False),
        sa.Column('currency', sa.Text(), nullable=False),
        sa.Column('list_micros', INT, nullable=False),
        sa.Column('discount_micros', INT, nullable=False),
        sa.Column('net_micros', INT, nullable=False),
        sa.Column('tax_micros', INT, nullable=False),
        sa.Column('total_micros', INT, nullable=False),
        sa.Column('tax_microusd', INT, nullable=False),
        sa.Column('tax_included', INT, nullable=False),
        sa.Column('tax_source', sa.Text(), nullable=False),
        sa.Column('tax_name', sa.Text(), nullable=True),
        sa.Column('tax_percent', sa.Text(), nullable=True),
        sa.Column('reverse_charge', INT, nullable=False),
        sa.Column('country', sa.Text(), nullable=True),
        sa.Column('tax_id', sa.Text(), nullable=True),
        sa.Column('buyer_name', sa.Text(), nullable=True),
        sa.Column('buyer_address_json', sa.Text(), nullable=True),
        sa.Column('promotion_code', sa.Text(), nullable=True),
        sa.Column('provider_invoice_id', ID, nullable=True),
        sa.Column('provider_invoice_url', sa.Text(), nullable=True),
        sa.CheckConstraint("tax_source IN ('none', 'fixed', 'provider')", name=op.f('ck_purchase_bill_tax_source')),
        sa.CheckConstraint('discount_micros >= 0 AND net_micros >= 0 AND tax_micros >= 0', name=op.f('ck_purchase_bill_amounts')),
        sa.CheckConstraint('list_micros - discount_micros = CASE WHEN tax_included = 1 THEN total_micros ELSE net_micros END', name=op.f('ck_purchase_bill_price')),
        sa.CheckConstraint('net_micros + tax_micros = total_micros', name=op.f('ck_purchase_bill_total')),
        sa.PrimaryKeyConstraint('purchase_id', name=op.f('pk_purchase_bill')),
        sqlite_strict=True,
    )
    op.create_table(
        'stripe_customer',
        sa.Column('account_id', ID, nullable=False),
        sa.Column('book', sa.Text(), nullable=False),
        sa.Column('customer_id', sa.Text(), nullable=False),
        sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_stripe_customer_book')),
        sa.PrimaryKeyConstraint('account_id', 'book', name=op.f('pk_stripe_customer')),
        sqlite_strict=True,
    )
    for column in (
        sa.Column('currency', sa.Text(), server_default='usd', nullable=False),
        sa.Column('price_micros', INT, nullable=True),
        sa.Column('tax_source', sa.Text(), server_default='none', nullable=False),
        sa.Column('tax_included', INT, server_default=sa.text('0'), nullable=False),
        sa.Column('tax_name', sa.Text(), nullable=True),
        sa.Column('tax_percent', sa.Text(), nullable=True),
        sa.Column('discountable', INT, server_default=sa.text('0'), nullable=False),
        sa.Column('customer_id', sa.Text(), nullable=True),
    ):
        op.add_column('checkout', column)
    op.add_column('reversal', sa.Column('amount_micros', INT, nullable=True))
    op.add_column('reversal', sa.Column('credit_note', sa.Text(), nullable=True))
