"""stored inputs."""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('input_file',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('bytes', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.CheckConstraint('bytes > 0', name=op.f('ck_input_file_bytes')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_input_file')),
    sa.UniqueConstraint('account_id', 'sha256', name=op.f('uq_input_file_account_id_sha256')),
    sqlite_strict=True
    )
    op.create_table('input_use',
    sa.Column('owner_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('file_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['input_file.id'], name=op.f('fk_input_use_file_id')),
    sa.PrimaryKeyConstraint('owner_id', 'file_id', name=op.f('pk_input_use')),
    sqlite_strict=True
    )
    op.create_index(op.f('ix_input_use_created_at'), 'input_use', ['created_at'])
    op.create_index(op.f('ix_input_use_file_id'), 'input_use', ['file_id'])
    op.create_index(op.f('ix_quote_account_id_expires_at'), 'quote', ['account_id', 'expires_at'])
