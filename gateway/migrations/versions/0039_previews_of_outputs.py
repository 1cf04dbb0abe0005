"""previews of outputs."""

import sqlalchemy as sa
from alembic import op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('asset', 'job_output'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('previews', sa.Text(), nullable=True))
            batch_op.add_column(sa.Column('preview_clip_key', sa.Text(), nullable=True))
            batch_op.add_column(sa.Column('placeholder', sa.Text(), nullable=True))
