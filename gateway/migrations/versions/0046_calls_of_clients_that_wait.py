"""calls of clients that wait."""

import sqlalchemy as sa
from alembic import op

revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('openai_call',
    sa.Column('id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('account_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('key_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=False),
    sa.Column('route', sa.Text(), nullable=False),
    sa.Column('body_hash', sa.LargeBinary(), nullable=False),
    sa.Column('job_id', sa.Text().with_variant(sa.Text(collation='C'), 'postgresql'), nullable=True),
    sa.Column('created_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('heard_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('gone_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('delivered_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('retries', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('left_at', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_openai_call')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    with op.batch_alter_table('openai_call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_openai_call_created_at'), ['created_at'], unique=False)
        batch_op.create_index('ix_openai_call_heard', ['heard_at'], unique=False, postgresql_where=sa.text('delivered_at IS NULL AND left_at IS NULL'), sqlite_where=sa.text('delivered_at IS NULL AND left_at IS NULL'))
        batch_op.create_index('ix_openai_call_job', ['job_id'], unique=False, postgresql_where=sa.text('delivered_at IS NULL AND left_at IS NULL'), sqlite_where=sa.text('delivered_at IS NULL AND left_at IS NULL'))
        batch_op.create_index('ix_openai_call_request', ['account_id', 'body_hash'], unique=False)
