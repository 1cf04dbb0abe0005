"""nodes."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')


def upgrade() -> None:
    op.create_table('media_node',
    sa.Column('name', ID, nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('enabled', INT, nullable=False),
    sa.Column('draining', INT, nullable=False),
    sa.Column('max_inflight', INT, nullable=False),
    sa.Column('max_pixel_frames', INT, nullable=True),
    sa.Column('epoch', INT, nullable=False),
    sa.Column('sentinel_id', sa.Text(), nullable=True),
    sa.Column('breaker_until', INT, nullable=False),
    sa.Column('failures', INT, nullable=False),
    sa.Column('silent_since', INT, nullable=True),
    sa.Column('beat_at', INT, nullable=False),
    sa.Column('facts_at', INT, nullable=False),
    sa.Column('last_seen_at', INT, nullable=True),
    sa.Column('idle_since', INT, nullable=False),
    sa.Column('last_family', sa.Text(), nullable=True),
    sa.Column('version', sa.Text(), nullable=True),
    sa.Column('vram_bytes', INT, nullable=True),
    sa.Column('depth', INT, nullable=False),
    sa.Column('facts_hash', sa.Text(), nullable=True),
    sa.Column('able_json', sa.Text(), nullable=False),
    sa.CheckConstraint('max_inflight IN (1, 2)', name=op.f('ck_media_node_max_inflight')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_media_node')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    with op.batch_alter_table('media_attempt', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cancel_requested_at', INT, nullable=True))
        batch_op.add_column(sa.Column('node_epoch', INT, nullable=True))
        batch_op.add_column(sa.Column('family', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('adoptions', INT, nullable=True))
        batch_op.create_index('ix_media_attempt_node', ['node', 'finished_at'], unique=False)
