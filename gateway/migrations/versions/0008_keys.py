"""keys."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    identifier = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
    op.create_table('approval_policy',
    sa.Column('id', identifier, nullable=False),
    sa.Column('auto_approve_microusd', number, nullable=True),
    sa.Column('confirm_up_to_microusd', number, nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_policy')),
    sqlite_strict=True
    )
    # every key gets a policy: nothing approved by itself for live keys, anything for test keys
    op.execute("UPDATE api_key SET policy_id = 'pol_' || substr(id, 5) WHERE policy_id IS NULL")
    op.execute(
        "INSERT INTO approval_policy (id, auto_approve_microusd, confirm_up_to_microusd)"
        " SELECT policy_id, CASE WHEN book = 'live' THEN 0 END, CASE WHEN book = 'live' THEN 0 END"
        " FROM api_key"
    )
    with op.batch_alter_table('api_key', schema=None, table_kwargs={'sqlite_strict': True}) as batch_op:
        batch_op.alter_column('policy_id', existing_type=identifier, nullable=False)
        batch_op.create_index(batch_op.f('ix_api_key_policy_id'), ['policy_id'], unique=False)
    op.create_table('device_link',
    sa.Column('id', identifier, nullable=False),
    sa.Column('device_hash', sa.LargeBinary(), nullable=False),
    sa.Column('user_hash', sa.LargeBinary(), nullable=False),
    sa.Column('client_name', sa.Text(), nullable=False),
    sa.Column('book', sa.Text(), nullable=False),
    sa.Column('scopes', sa.Text(), nullable=False),
    sa.Column('policy_json', sa.Text(), nullable=False),
    sa.Column('ip', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('account_id', identifier, nullable=True),
    sa.Column('label', sa.Text(), nullable=True),
    sa.Column('key_expires_at', number, nullable=True),
    sa.Column('interval_seconds', number, nullable=False),
    sa.Column('polled_at', number, nullable=True),
    sa.Column('created_at', number, nullable=False),
    sa.Column('expires_at', number, nullable=False),
    sa.CheckConstraint("state IN ('pending', 'approved', 'denied', 'redeemed')", name=op.f('ck_device_link_state')),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_device_link_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device_link')),
    sa.UniqueConstraint('device_hash', name=op.f('uq_device_link_device_hash')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    op.create_index(op.f('ix_device_link_user_hash'), 'device_link', ['user_hash'], unique=False)
    op.create_index(op.f('ix_device_link_expires_at'), 'device_link', ['expires_at'], unique=False)
    op.create_table('device_guess',
    sa.Column('subject', identifier, nullable=False),
    sa.Column('hour', number, autoincrement=False, nullable=False),
    sa.Column('wrong', number, nullable=False),
    sa.PrimaryKeyConstraint('subject', 'hour', name=op.f('pk_device_guess')),
    sqlite_strict=True
    )
