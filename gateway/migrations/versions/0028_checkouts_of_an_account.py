"""checkouts of an account."""

from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f('ix_checkout_account_id'), 'checkout', ['account_id'])
