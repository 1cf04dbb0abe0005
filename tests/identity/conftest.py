"""Both databases, with a clock that the test moves."""

from tests.databases import clock as clock
from tests.databases import database as database
from tests.databases import database_url as database_url
from tests.databases import ids as ids
from tests.databases import postgres_template as postgres_template
from tests.databases import sqlite_template as sqlite_template
