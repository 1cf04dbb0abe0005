"""queued jobs that are late.

Two sweeps read every queued job each second to find the few that are late.
"""

import sqlalchemy as sa
from alembic import op

revision = '0063'
down_revision = '0062'
branch_labels = None
depends_on = None
oldest_code = '0047'

QUEUED = sa.text("state = 'queued' AND queue_timeout_at > 0")
REQUEUED = sa.text("state = 'queued' AND started_at IS NOT NULL")


def upgrade() -> None:
    op.create_index('ix_job_queue_timeout', 'job', ['queue_timeout_at'], unique=False, postgresql_where=QUEUED, sqlite_where=QUEUED)
    op.create_index('ix_job_requeued', 'job', ['started_at'], unique=False, postgresql_where=REQUEUED, sqlite_where=REQUEUED)
