"""keeping and mails."""

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('account_preferences',
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('home', sa.Text(), nullable=False),
    sa.Column('auto_keep', sa.Text(), nullable=False),
    sa.Column('mail_plans', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('mail_done', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('done_seen_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('done_mailed_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('plans_mailed_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.CheckConstraint("auto_keep IN ('all', 'starred', 'none')", name=op.f('ck_account_preferences_auto_keep')),
    sa.CheckConstraint("home IN ('create', 'console')", name=op.f('ck_account_preferences_home')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_account_preferences_account_id')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_account_preferences')),
    sqlite_strict=True
    )
    with op.batch_alter_table('account_preferences', schema=None) as batch_op:
        batch_op.create_index('ix_account_preferences_mail_done', ['account_id'], unique=False, postgresql_where=sa.text('mail_done = 1'), sqlite_where=sa.text('mail_done = 1'))

    with op.batch_alter_table('approval_plan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('mail_due_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.create_index('ix_approval_plan_mail', ['mail_due_at'], unique=False, postgresql_where=sa.text('mail_due_at IS NOT NULL'), sqlite_where=sa.text('mail_due_at IS NOT NULL'))

    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.add_column(sa.Column('keep', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))

    with op.batch_alter_table('shelf', schema=None) as batch_op:
        batch_op.add_column(sa.Column('told_nearly_full_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))

