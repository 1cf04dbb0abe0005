"""checks of written rows.

On SQLite the words of `IN` were a twelfth of an admission: it fills a table with them for each row
that it checks.
"""

from gateway.migrations.extras import spell_out_checks

revision = '0064'
down_revision = '0063'
branch_labels = None
depends_on = None
oldest_code = '0047'


def upgrade() -> None:
    for table in ('transfer', 'entry', 'job'):
        spell_out_checks(table)
