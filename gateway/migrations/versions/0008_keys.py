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
