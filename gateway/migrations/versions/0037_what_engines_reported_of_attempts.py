"""what engines reported of attempts."""

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('media_attempt', sa.Column('upstream_json', sa.Text(), nullable=True))
    op.add_column('media_attempt', sa.Column('workflow_json', sa.Text(), nullable=True))
