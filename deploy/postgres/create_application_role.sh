#!/bin/sh
# Run by PostgreSQL's image once, in an empty database: the role of the application, which may add to the
# ledger and never edit it. `killatamata migrate --grant-to killatamata` gives it its rights.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$APPLICATION_PASSWORD" \
    --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE killatamata LOGIN PASSWORD :'password';
SQL
