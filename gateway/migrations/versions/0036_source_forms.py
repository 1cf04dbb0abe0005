"""in which form the bytes of an asset came."""

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('asset', sa.Column('source_mime_type', sa.Text(), nullable=True))
