"""${message}."""

import sqlalchemy as sa
from alembic import op

from gateway.migrations.extras import add_functions, append_only
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
# The oldest program, by its schema revision, that works on this schema. Raise it to the revision of a
# release that no longer needs what is dropped, renamed or tightened here.
oldest_code = ${repr(config.attributes["oldest_code"])}


def upgrade() -> None:
% if not down_revision:
    add_functions()
% endif
    ${upgrades if upgrades else "pass"}
% if not down_revision:
    append_only("transfer")
    append_only("entry")
% endif
