"""Closed accounts, and what their new keys may spend."""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('key_default',
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('auto_approve_microusd', NUMBER, nullable=True),
    sa.Column('confirm_up_to_microusd', NUMBER, nullable=True),
    sa.Column('daily_limit_microusd', NUMBER, nullable=True),
    sa.Column('monthly_limit_microusd', NUMBER, nullable=True),
    sa.Column('total_limit_microusd', NUMBER, nullable=True),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_key_default_book')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_key_default_account_id')),
    sa.PrimaryKeyConstraint('account_id', 'book', name=op.f('pk_key_default')),
    sqlite_strict=True
    )
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.add_column(sa.Column('closed_at', NUMBER, nullable=True))
