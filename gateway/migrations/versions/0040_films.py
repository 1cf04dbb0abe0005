"""Films: the cut of a storyboard, and what was rendered from it.

Every storyboard is a film already, so only the renders that there are become rows.
"""

import sqlalchemy as sa
from alembic import op

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None

ID = sa.Text().with_variant(sa.Text(collation='C'), 'postgresql')
INT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
RENDERS_SO_FAR = """
    INSERT INTO film_render (job_id, asset_id, film_asset_id, price_microusd, created_at)
    SELECT s.job_id, r.asset_id,
        (SELECT min(a.id) FROM asset AS a
         WHERE a.job_id = s.job_id AND a.output_index = 0 AND a.purged_at IS NULL),
        s.price_microusd, COALESCE(p.finished_at, p.created_at)
    FROM plan_step AS s
    JOIN approval_plan AS p ON p.id = s.plan_id
    JOIN storyboard_render AS r ON r.plan_id = s.plan_id
    WHERE s.operation = 'video.combine' AND s.state = 'succeeded' AND s.job_id IS NOT NULL
"""


def upgrade() -> None:
    op.create_table('film',
    sa.Column('asset_id', ID, nullable=False),
    sa.Column('cut_json', sa.Text(), nullable=True),
    sa.Column('version', INT, nullable=False),
    sa.Column('updated_at', INT, nullable=False),
    sa.PrimaryKeyConstraint('asset_id', name=op.f('pk_film')),
    sqlite_strict=True
    )
    op.create_table('film_render',
    sa.Column('job_id', ID, nullable=False),
    sa.Column('asset_id', ID, nullable=False),
    sa.Column('film_asset_id', ID, nullable=True),
    sa.Column('price_microusd', INT, nullable=False),
    sa.Column('created_at', INT, nullable=False),
    sa.PrimaryKeyConstraint('job_id', name=op.f('pk_film_render')),
    sqlite_strict=True
    )
    with op.batch_alter_table('film_render', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_film_render_asset_id_created_at'), ['asset_id', 'created_at'], unique=False)
    op.execute(RENDERS_SO_FAR)
