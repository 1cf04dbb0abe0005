"""members of shares and agent quotes.

They name who made them, so that they end with the membership, and are sent on nobody else's caps.
"""

import sqlalchemy as sa
from alembic import op

revision = '0060'
down_revision = '0059'
branch_labels = None
depends_on = None
oldest_code = '0047'


def upgrade() -> None:
    member_id = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
    for table in ('agent_quote', 'share'):
        op.add_column(table, sa.Column('member_id', member_id, nullable=True))
    is_of_member = sa.text('member_id IS NOT NULL')
    op.create_index('ix_share_member', 'share', ['member_id'], unique=False, postgresql_where=is_of_member, sqlite_where=is_of_member)
