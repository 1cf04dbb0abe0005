"""threads of films.

So far the talk of a film was the newest thread of its project that is called like it. Each film gets
that one, once: a new column of a small table, and one read of threads, so nothing waits for long.
"""

import sqlalchemy as sa
from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
TITLES = {'postgresql': "d.content::json ->> 'title'", 'sqlite': "json_extract(d.content, '$.title')"}
# CASE keeps a planner from parsing documents that are no JSON before it looks at their kind.
THREADS_SO_FAR = """
    INSERT INTO film (asset_id, cut_json, version, updated_at, thread_id)
    SELECT a.id, NULL, 1, a.updated_at, max(t.id)
    FROM thread AS t
    JOIN asset AS a ON a.account_id = t.account_id AND a.project_id = t.project_id AND a.kind = 'storyboard'
    JOIN document_version AS d ON d.asset_id = a.id AND d.version = a.version
    WHERE t.archived = 0 AND t.title <> '' AND t.title = CASE WHEN a.kind = 'storyboard' THEN {title} END
    GROUP BY a.id, a.updated_at
    ON CONFLICT (asset_id) DO UPDATE SET thread_id = excluded.thread_id
"""


def upgrade() -> None:
    op.add_column('film', sa.Column('thread_id', ID, nullable=True))
    op.execute(THREADS_SO_FAR.format(title=TITLES[op.get_bind().dialect.name]))
