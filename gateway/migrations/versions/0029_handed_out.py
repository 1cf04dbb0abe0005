"""what a browser session handed out after its sign-in was fresh."""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    column = sa.Column('handed_out_microusd', INT, server_default='0', nullable=False)
    op.add_column('browser_session', column)
