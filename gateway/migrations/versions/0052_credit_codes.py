"""credit codes."""

import sqlalchemy as sa
from alembic import op

revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None
# The oldest program, by its schema revision, that works on this schema. Raise it to the revision of a
# release that no longer needs what is dropped, renamed or tightened here.
oldest_code = '0047'

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('credit_code',
    sa.Column('id', ID, nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('credit_microusd', INT, nullable=False),
    sa.Column('credit_days', INT, nullable=False),
    sa.Column('uses', INT, nullable=False),
    sa.Column('used', INT, nullable=False),
    sa.Column('first_purchase', INT, nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', INT, nullable=False),
    sa.Column('expires_at', INT, nullable=True),
    sa.Column('disabled_at', INT, nullable=True),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_credit_code_book')),
    sa.CheckConstraint('credit_microusd > 0', name=op.f('ck_credit_code_credit')),
    sa.CheckConstraint('used >= 0 AND used <= uses', name=op.f('ck_credit_code_uses')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_code')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_credit_code_code_hash')),
    sqlite_strict=True
    )
    op.create_table('code_person',
    sa.Column('code_id', ID, nullable=False),
    sa.Column('abuse_key', sa.Text(), nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.ForeignKeyConstraint(['code_id'], ['credit_code.id'], name=op.f('fk_code_person_code_id')),
    sa.PrimaryKeyConstraint('code_id', 'abuse_key', name=op.f('pk_code_person')),
    sqlite_strict=True
    )
    with op.batch_alter_table('code_person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_code_person_account_id'), ['account_id'], unique=False)

    op.create_table('code_redemption',
    sa.Column('code_id', ID, nullable=False),
    sa.Column('account_id', ID, nullable=False),
    sa.Column('ledger_account', INT, nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('credit_microusd', INT, nullable=False),
    sa.Column('credit_days', INT, nullable=False),
    sa.Column('redeemed_at', INT, nullable=False),
    sa.Column('credited_at', INT, nullable=True),
    sa.Column('expires_at', INT, nullable=True),
    sa.Column('purchase_id', ID, nullable=True),
    sa.Column('taken_back_microusd', INT, nullable=False),
    sa.Column('corrections', INT, nullable=False),
    sa.CheckConstraint("book IN ('live', 'test')", name=op.f('ck_code_redemption_book')),
    sa.CheckConstraint("state IN ('waiting', 'credited')", name=op.f('ck_code_redemption_state')),
    sa.CheckConstraint('taken_back_microusd >= 0 AND taken_back_microusd <= credit_microusd', name=op.f('ck_code_redemption_taken_back')),
    sa.ForeignKeyConstraint(['code_id'], ['credit_code.id'], name=op.f('fk_code_redemption_code_id')),
    sa.PrimaryKeyConstraint('code_id', 'account_id', name=op.f('pk_code_redemption')),
    sqlite_strict=True
    )
    with op.batch_alter_table('code_redemption', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_code_redemption_account_id_book_redeemed_at'), ['account_id', 'book', 'redeemed_at'], unique=False)
        batch_op.create_index('ix_code_redemption_waiting', ['ledger_account'], unique=False, postgresql_where=sa.text("state = 'waiting'"), sqlite_where=sa.text("state = 'waiting'"))
        batch_op.create_index('uq_code_redemption_purchase', ['purchase_id'], unique=True, postgresql_where=sa.text('purchase_id IS NOT NULL'), sqlite_where=sa.text('purchase_id IS NOT NULL'))
