#!/bin/bash
# In the container: serve.sh DATABASE USER ADDRESS PORT [OPTION of postgres]
# A PostgreSQL server with that database and its owner; its data is made first where there is none.
set -euo pipefail
umask 077
DATABASE=$1 ACCOUNT=$2 ADDRESS=$3 PORT=$4 PASSWORD=$(</run/hpcgen/secrets/password)
PATH=${PATH}$(printf ':%s' /usr/lib/postgresql/*/bin) # where Debian has the server

# Whatever the data's own files say: the superuser comes in through the socket alone, and only as
# the job's own user; the account into its database alone, with its password.
printf '%s\n' 'local all postgres peer map=job' \
  "host \"${DATABASE}\" \"${ACCOUNT}\" all scram-sha-256" >/tmp/pg_hba.conf
printf 'job "%s" postgres\n' "$(id -un)" >/tmp/pg_ident.conf
SERVER=(postgres -c hba_file=/tmp/pg_hba.conf -c ident_file=/tmp/pg_ident.conf
  -c unix_socket_directories=/tmp -c port="${PORT}" -c password_encryption=scram-sha-256
  -c log_destination=stderr -c logging_collector=off)
SUPERUSER=(psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --host=/tmp --port="${PORT}"
  --username=postgres)

# What the job's own look at the server runs, in a container like this one.
printf '%s\n' '[server]' "host=${ADDRESS}" "port=${PORT}" "user=${ACCOUNT}" "dbname=${DATABASE}" \
  'connect_timeout=5' >/tmp/pg_service.conf
printf '%s\n' "*:*:*:*:${PASSWORD//:/\\:}" >/tmp/pgpass
cat >/tmp/ready.sh <<'READY'
export PGSERVICEFILE=/tmp/pg_service.conf PGPASSFILE=/tmp/pgpass PGSERVICE=server
PATH=${PATH}$(printf ':%s' /usr/lib/postgresql/*/bin)
pg_isready >/dev/null || { echo "pg_isready exits with $?"; exit 1; }
psql --no-psqlrc --no-password --quiet --tuples-only --command='SELECT 1' >/dev/null
READY

accounts() { # what the recipe says holds at each start
  "${SUPERUSER[@]}" --dbname=postgres >/dev/null <<SQL
SELECT 'CREATE ROLE "${ACCOUNT}"' WHERE NOT EXISTS
  (SELECT FROM pg_roles WHERE rolname = '${ACCOUNT}') \gexec
ALTER ROLE "${ACCOUNT}" LOGIN PASSWORD '${PASSWORD}';
SELECT 'CREATE DATABASE "${DATABASE}" OWNER "${ACCOUNT}"' WHERE NOT EXISTS
  (SELECT FROM pg_database WHERE datname = '${DATABASE}') \gexec
SQL
}
init_sql() { # the recipe's own, as the account
  PGOPTIONS="-c role=${ACCOUNT}" "${SUPERUSER[@]}" --dbname="${DATABASE}" --single-transaction \
    --file=/bundle/init.sql >/dev/null
}
begin() { # DATA: a server that nobody else reaches; its log shows no statement
  rm -f "$1/postmaster.pid" # of a server that was killed: the job alone has the data
  "${SERVER[@]}" -D "$1" -c listen_addresses='' -c log_min_error_statement=panic &
  until pg_isready --quiet --host=/tmp --port="${PORT}"; do
    kill -0 "$!"
    sleep 0.2
  done
}
end() {
  kill -INT "$!"
  wait "$!"
}

if [[ ! -e /data/postgres ]]; then # made aside, and taken for data only once it is whole
  rm -rf /data/new
  initdb --pgdata=/data/new --username=postgres --auth=reject --encoding=UTF8 --locale=C.UTF-8
  begin /data/new
  accounts
  [[ ! -e /bundle/init.sql ]] || init_sql
  end
  mv -T /data/new /data/postgres
else
  begin /data/postgres
  accounts
  end
fi

# Asked to end, PostgreSQL waits for its clients to leave; interrupted, it does not.
"${SERVER[@]}" -D /data/postgres -c listen_addresses="${ADDRESS}" "${@:5}" &
trap 'kill -INT "$!"' TERM INT
wait "$!" || STATUS=$?
while kill -0 "$!" 2>/dev/null; do
  STATUS=0
  wait "$!" || STATUS=$?
done
exit "${STATUS:-0}"
