"""statements and budgets."""

import sqlalchemy as sa
from alembic import op

revision = '0055'
down_revision = '0054'
branch_labels = None
depends_on = None
oldest_code = '0047'


def upgrade() -> None:
    op.create_table('budget',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('amount_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('spent_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('since_version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('seen_version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('updated_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("(subject = 'account') = (subject_id = '')", name=op.f('ck_budget_subject_id')),
    sa.CheckConstraint("subject IN ('account', 'key', 'member', 'project')", name=op.f('ck_budget_subject')),
    sa.CheckConstraint('amount_microusd > 0', name=op.f('ck_budget_amount')),
    sa.CheckConstraint('spent_microusd >= 0', name=op.f('ck_budget_spent')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_budget')),
    sa.UniqueConstraint('account_id', 'subject', 'subject_id', name=op.f('uq_budget_account_id_subject_subject_id')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    op.create_table('statement',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('ends_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('through_version', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('opening_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('closing_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('issued_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.PrimaryKeyConstraint('account_id', 'month', name=op.f('pk_statement')),
    sqlite_strict=True
    )
    op.create_table('statement_line',
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('movements', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('amount_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint("kind IN ('purchases', 'bonuses', 'promotions', 'earned', 'spending', 'refunds', 'disputes', 'chain_reversals', 'expiries', 'adjustments')", name=op.f('ck_statement_line_kind')),
    sa.CheckConstraint('movements > 0', name=op.f('ck_statement_line_movements')),
    sa.PrimaryKeyConstraint('account_id', 'month', 'kind', 'detail', name=op.f('pk_statement_line')),
    sqlite_strict=True
    )
    op.create_table('budget_alert',
    sa.Column('budget_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('percent', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('amount_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('spent_microusd', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('percent IN (50, 80, 100)', name=op.f('ck_budget_alert_percent')),
    sa.ForeignKeyConstraint(['budget_id'], ['budget.id'], name=op.f('fk_budget_alert_budget_id')),
    sa.PrimaryKeyConstraint('budget_id', 'month', 'percent', name=op.f('pk_budget_alert')),
    sqlite_strict=True
    )
    with op.batch_alter_table('account_preferences', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mail_statement', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('statement_month', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_index('ix_account_preferences_mail_statement', ['account_id'], unique=False, postgresql_where=sa.text('mail_statement = 1'), sqlite_where=sa.text('mail_statement = 1'))
