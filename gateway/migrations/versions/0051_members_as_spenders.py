"""members as spenders.

What a member of a team spends counts on the member's policy too, so a spender may name a second
one, and a hold remembers it for its release.
"""

import sqlalchemy as sa
from alembic import op

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None
oldest_code = '0047'

ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
OF_MEMBER = sa.text('member_policy_id IS NOT NULL')


def upgrade() -> None:
    op.add_column('transfer', sa.Column('member_policy_id', ID, nullable=True))
    op.add_column('spender', sa.Column('member_policy_id', ID, nullable=True))
    op.create_index(
        'ix_spender_member_policy_id', 'spender', ['member_policy_id'],
        postgresql_where=OF_MEMBER, sqlite_where=OF_MEMBER,
    )
