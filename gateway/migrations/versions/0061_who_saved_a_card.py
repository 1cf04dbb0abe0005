"""who saved a card.

A card belongs to the person who saved it, in auto top-up or while buying, and a page that saves one
is known from the moment that it opens. Rules are off for three more reasons, and take turns.
"""

import sqlalchemy as sa
from alembic import op

revision = '0061'
down_revision = '0060'
branch_labels = None
depends_on = None
oldest_code = '0047'

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
UNUSED = sa.text('used_at IS NULL')
REASONS = (
    "off_reason IN ('person', 'member', 'declined', 'card_blocked', 'refused', 'package_gone',"
    " 'refunded', 'frozen', 'closed', 'review', 'operator', 'released')"
)


def upgrade() -> None:
    op.add_column('checkout', sa.Column('card_person_id', ID, nullable=True))
    op.add_column('saved_card', sa.Column('person_id', ID, nullable=True))
    with op.batch_alter_table('card_setup', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.add_column(sa.Column('book', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('person_id', ID, nullable=True))
        batch_op.add_column(sa.Column('opened_at', INT, nullable=True))
        batch_op.add_column(sa.Column('next_look_at', INT, nullable=True))
        batch_op.alter_column('used_at', existing_type=INT, nullable=True)
        batch_op.create_check_constraint(batch_op.f('ck_card_setup_book'), "book IN ('live', 'test')")
        batch_op.create_index('ix_card_setup_open', ['next_look_at'], unique=False, postgresql_where=UNUSED, sqlite_where=UNUSED)
    with op.batch_alter_table('top_up_rule', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.add_column(sa.Column('tried_at', INT, server_default=sa.text('0'), nullable=False))
        batch_op.drop_constraint(batch_op.f('ck_top_up_rule_off_reason'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_top_up_rule_off_reason'), REASONS)
