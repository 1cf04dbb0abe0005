"""shares."""

import sqlalchemy as sa
from alembic import op

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('share',
    sa.Column('id', ID, nullable=False),
    sa.Column('account_id', INT, nullable=False),
    sa.Column('owner_id', ID, nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('asset_id', ID, nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('generation', sa.LargeBinary(), nullable=False),
    sa.Column('key_id', sa.Text(), nullable=False),
    sa.Column('show_prompt', INT, nullable=False),
    sa.Column('show_seed', INT, nullable=False),
    sa.Column('show_cost', INT, nullable=False),
    sa.Column('showcase', INT, nullable=False),
    sa.Column('remix', INT, nullable=False),
    sa.Column('created_at', INT, nullable=False),
    sa.Column('expires_at', INT, nullable=False),
    sa.Column('revoked_at', INT, nullable=True),
    sa.Column('taken_down_at', INT, nullable=True),
    sa.Column('featured_at', INT, nullable=True),
    sa.CheckConstraint("kind IN ('output', 'take', 'film')", name=op.f('ck_share_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_share')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_share_token_hash')),
    sqlite_strict=True
    )
    with op.batch_alter_table('share', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_share_account_id_id'), ['account_id', 'id'], unique=False)
        batch_op.create_index('ix_share_featured', ['featured_at'], unique=False, postgresql_where=sa.text('featured_at IS NOT NULL'), sqlite_where=sa.text('featured_at IS NOT NULL'))

    op.create_table('share_report',
    sa.Column('id', ID, nullable=False),
    sa.Column('share_id', ID, nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('created_at', INT, nullable=False),
    sa.Column('closed_at', INT, nullable=True),
    sa.CheckConstraint("reason IN ('illegal', 'sexual', 'violent', 'likeness', 'copyright', 'other')", name=op.f('ck_share_report_reason')),
    sa.ForeignKeyConstraint(['share_id'], ['share.id'], name=op.f('fk_share_report_share_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_share_report')),
    sqlite_strict=True
    )
    with op.batch_alter_table('share_report', schema=None) as batch_op:
        batch_op.create_index('ix_share_report_open', ['id'], unique=False, postgresql_where=sa.text('closed_at IS NULL'), sqlite_where=sa.text('closed_at IS NULL'))
        batch_op.create_index(batch_op.f('ix_share_report_share_id'), ['share_id'], unique=False)

