"""when a node began with an attempt, which probe waits on it, and what is wrong with it."""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('media_attempt', sa.Column('began_at', INT, nullable=True))
    op.execute('UPDATE media_attempt SET began_at = submitted_at')
    op.add_column('media_node', sa.Column('probe_id', sa.Text(), nullable=True))
    op.add_column('media_node', sa.Column('trouble', sa.Text(), nullable=True))
