"""referrals."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    name = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
    op.add_column('account', sa.Column('referral_code', sa.Text(), nullable=True))
    op.add_column('account', sa.Column('referral_click_id', name, nullable=True))
    op.add_column('account', sa.Column('referred_at', number, nullable=True))
    op.drop_table('auth_epoch')  # nobody listened to it
