"""oauth."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    identifier = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
    op.create_table('oauth_client',
    sa.Column('id', identifier, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('redirect_uris_json', sa.Text(), nullable=False),
    sa.Column('stale_at', number, nullable=True),
    sa.Column('created_at', number, nullable=False),
    sa.Column('used_at', number, nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_client')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    op.create_index(op.f('ix_oauth_client_used_at'), 'oauth_client', ['used_at'], unique=False)
    op.create_table('oauth_grant',
    sa.Column('id', identifier, nullable=False),
    sa.Column('client_id', sa.Text(), nullable=False),
    sa.Column('redirect_uri', sa.Text(), nullable=False),
    sa.Column('toolsets', sa.Text(), nullable=False),
    sa.Column('read_only', number, nullable=False),
    sa.Column('challenge', sa.Text(), nullable=False),
    sa.Column('code_hash', sa.LargeBinary(), nullable=False),
    sa.Column('code_expires_at', number, nullable=False),
    sa.Column('code_used_at', number, nullable=True),
    sa.ForeignKeyConstraint(['id'], ['api_key.id'], name=op.f('fk_oauth_grant_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_oauth_grant')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_oauth_grant_code_hash')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    op.create_table('oauth_token',
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.Column('grant_id', identifier, nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('expires_at', number, nullable=False),
    sa.Column('used_at', number, nullable=True),
    sa.CheckConstraint("kind IN ('access', 'refresh')", name=op.f('ck_oauth_token_kind')),
    sa.ForeignKeyConstraint(['grant_id'], ['oauth_grant.id'], name=op.f('fk_oauth_token_grant_id')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_oauth_token')),
    postgresql_with={'fillfactor': 50},
    sqlite_strict=True
    )
    op.create_index(op.f('ix_oauth_token_grant_id'), 'oauth_token', ['grant_id'], unique=False)
    op.create_index(op.f('ix_oauth_token_expires_at'), 'oauth_token', ['expires_at'], unique=False)
