"""people."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None

CLAIMED = sa.text("substr(minted_by, 1, 6) = 'claim:'")


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('balance_watch',
    sa.Column('account_id', number, autoincrement=False, nullable=False),
    sa.Column('version', number, nullable=False),
    sa.Column('was_above', number, nullable=False),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_balance_watch')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    op.create_table('reconciliation',
    sa.Column('provider', sa.Text(), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('day', number, autoincrement=False, nullable=False),
    sa.Column('differences', number, nullable=True),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_reconciliation_book')),
    sa.PrimaryKeyConstraint('provider', 'book', 'day', name=op.f('pk_reconciliation')),
    sqlite_strict=True
    )
    # a checkout mints the first key of an account at most once
    op.create_index('uq_api_key_claimed', 'api_key', ['minted_by'], unique=True,
        postgresql_where=CLAIMED, sqlite_where=CLAIMED)
