"""house checkpoints go: nothing but a test wrote one."""

from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table('house_checkpoint')
