"""names, stars and lineage of outputs."""

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
NEWEST_AT_ONCE = """
    UPDATE job_output SET account_id = job.account_id, task = job.task, project_id = job.project_id
    FROM job WHERE job.id = job_output.job_id AND job_output.job_id >=
        (SELECT min(newest.job_id) FROM
            (SELECT job_id FROM job_output ORDER BY job_id DESC LIMIT 20000) AS newest)
"""


def partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def upgrade() -> None:
    op.add_column('asset', sa.Column('search_text', sa.Text(), nullable=True))
    op.create_index('ix_asset_account_id', 'asset', ['account_id', 'id'])
    partial_index('ix_asset_tagged_output', 'asset', ['account_id'], "job_id IS NOT NULL AND tags_json <> '[]'")
    partial_index('ix_asset_unfolded', 'asset', ['id'], 'search_text IS NULL')

    op.add_column('job', sa.Column('parent_job_id', ID, nullable=True))
    op.add_column('job', sa.Column('parent_index', INT, nullable=True))
    op.add_column('job', sa.Column('relation', sa.Text(), nullable=True))
    op.add_column('job', sa.Column('preset_ids', sa.Text(), nullable=True))
    partial_index('ix_job_parent', 'job', ['parent_job_id'], 'parent_job_id IS NOT NULL')

    op.add_column('job_output', sa.Column('account_id', INT, nullable=True))
    op.add_column('job_output', sa.Column('task', sa.Text(), nullable=True))
    op.add_column('job_output', sa.Column('project_id', ID, nullable=True))
    op.add_column('job_output', sa.Column('name', sa.Text(), nullable=True))
    op.add_column('job_output', sa.Column('starred_at', INT, nullable=True))
    op.add_column('job_output', sa.Column('hidden_at', INT, nullable=True))
    op.add_column('job_output', sa.Column('search_text', sa.Text(), nullable=True))
    # Only the newest at once, in a fraction of a second, so that a large table is not locked for
    # long and a small one is whole at once. The sweeper fills the others in batches, newest first,
    # with the search texts of all, which SQL cannot fold.
    op.execute(NEWEST_AT_ONCE)
    partial_index('ix_job_output_account', 'job_output', ['account_id', 'job_id'], 'hidden_at IS NULL')
    partial_index('ix_job_output_hidden', 'job_output', ['hidden_at'], 'hidden_at IS NOT NULL AND deleted_at IS NULL')
    partial_index('ix_job_output_unfolded', 'job_output', ['job_id'], 'search_text IS NULL')
