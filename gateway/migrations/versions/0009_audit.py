"""audit."""

import sqlalchemy as sa
from alembic import op

from gateway.migrations.extras import append_only

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    identifier = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
    op.create_table('audit_log',
    sa.Column('seq', number, autoincrement=False, nullable=False),
    sa.Column('at', number, nullable=False),
    sa.Column('actor_kind', sa.Text(), nullable=False),
    sa.Column('actor_id', identifier, nullable=False),
    sa.Column('key_lookup', sa.Text(), nullable=True),
    sa.Column('ip', sa.Text(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('target', identifier, nullable=False),
    sa.Column('before_json', sa.Text(), nullable=True),
    sa.Column('after_json', sa.Text(), nullable=True),
    sa.Column('request_id', sa.Text(), nullable=True),
    sa.Column('prev_hash', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.CheckConstraint("actor_kind IN ('key', 'session', 'operator', 'system')", name=op.f('ck_audit_log_actor')),
    sa.PrimaryKeyConstraint('seq', name=op.f('pk_audit_log')),
    sqlite_strict=True
    )
    head = op.create_table('audit_head',
    sa.Column('id', number, autoincrement=False, nullable=False),
    sa.Column('seq', number, nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head')),
    sqlite_strict=True
    )
    op.bulk_insert(head, [{'id': 1, 'seq': 0, 'hash': '0' * 64}])
    append_only("audit_log")
