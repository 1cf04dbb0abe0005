"""exact rates."""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('job_output', sa.Column('rate', sa.Text(), nullable=True))
    op.execute('UPDATE job_output SET rate = CAST(fps AS TEXT) WHERE fps IS NOT NULL')
    op.drop_column('job_output', 'fps')
    op.alter_column('job_output', 'rate', new_column_name='fps')
