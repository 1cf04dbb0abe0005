"""operators."""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
NAME = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table(
        'mail_given_up',
        sa.Column('id', NAME, nullable=False),
        sa.Column('sealed', sa.Text(), nullable=False),
        sa.Column('tries', INT, nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('created_at', INT, nullable=False),
        sa.Column('ended_at', INT, nullable=False),
        sa.CheckConstraint("reason IN ('late', 'refused')", name=op.f('ck_mail_given_up_reason')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_given_up')),
        sqlite_strict=True,
    )
    op.add_column('account', sa.Column('operator_at', INT, nullable=True))
