#!/bin/sh
# The daemons' role and their database: no superuser, so that row-level security binds it. The image runs this once.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE codeindex LOGIN PASSWORD :'password';
CREATE DATABASE codeindex OWNER codeindex;
SQL
