"""own invoices."""

import sqlalchemy as sa
from alembic import op

revision = '0056'
down_revision = '0055'
branch_labels = None
depends_on = None
oldest_code = '0047'


def upgrade() -> None:
    op.create_table('invoice',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('prefix', sa.Text(), nullable=False),
    sa.Column('purchase_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('reversal_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('net_micros', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('tax_micros', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('total_micros', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('document_json', sa.Text(), nullable=False),
    sa.Column('issued_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_invoice_book')),
    sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f('ck_invoice_kind')),
    sa.CheckConstraint("reversal_id IS NOT NULL OR kind = 'invoice'", name=op.f('ck_invoice_corrects')),
    sa.CheckConstraint('net_micros + tax_micros = total_micros', name=op.f('ck_invoice_total')),
    sa.CheckConstraint('net_micros >= 0 AND tax_micros >= 0', name=op.f('ck_invoice_amounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoice')),
    sa.UniqueConstraint('book', 'kind', 'number', name=op.f('uq_invoice_book_kind_number')),
    sqlite_strict=True
    )
    with op.batch_alter_table('invoice', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_invoice_account_id_book_id'), ['account_id', 'book', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoice_purchase_id'), ['purchase_id'], unique=False)
        batch_op.create_index('uq_invoice_of_purchase', ['purchase_id'], unique=True, postgresql_where=sa.text('reversal_id IS NULL'), sqlite_where=sa.text('reversal_id IS NULL'))

    with op.batch_alter_table('receipt_counter', schema=None) as batch_op:
        batch_op.add_column(sa.Column('last_invoice', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('last_credit_note', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
