#!/bin/bash
# In the container: serve.sh DATABASE USER ADDRESS PORT [OPTION of mysqld]
# A MySQL server with that database and user; its data is made first where there is none.
set -euo pipefail
umask 077
DATABASE=$1 ACCOUNT=$2 ADDRESS=$3 PORT=$4 PASSWORD=$(</run/hpcgen/secrets/password)

# Whatever the image's own files say. root comes in through the socket alone, and only as the job's
# own user. There is no replica, and a crash is mended from the redo log: no binary log.
SERVER=(mysqld --no-defaults --datadir=/data/mysql --tmpdir=/tmp --socket=/tmp/mysqld.sock
  --pid-file=/tmp/mysqld.pid --plugin-load-add=auth_socket.so --skip-name-resolve --mysqlx=OFF
  --local-infile=OFF --secure-file-priv=NULL --skip-log-bin)
ROOT=(mysql --no-defaults --socket=/tmp/mysqld.sock --user=root)

# What the job's own look at the server logs in with, and asks.
printf '%s\n' '[client]' "host=${ADDRESS}" "port=${PORT}" "user=${ACCOUNT}" \
  "password=\"${PASSWORD}\"" '[mysql]' 'connect-timeout=5' 'execute=DO 0' >/tmp/client.cnf

# What the server runs at each start, before it lets anybody in: what the recipe says holds.
cat >/tmp/accounts.sql <<SQL
ALTER USER 'root'@'localhost' IDENTIFIED WITH auth_socket AS '$(id -un)';
CREATE DATABASE IF NOT EXISTS \`${DATABASE}\`;
CREATE USER IF NOT EXISTS '${ACCOUNT}'@'%';
ALTER USER '${ACCOUNT}'@'%' IDENTIFIED BY '${PASSWORD}';
GRANT ALL ON \`${DATABASE//_/\\_}\`.* TO '${ACCOUNT}'@'%';
SQL

if [[ ! -e /data/mysql ]]; then # made aside, and taken for data only once it is whole
  rm -rf /data/new
  "${SERVER[@]}" --datadir=/data/new --initialize-insecure
  if [[ -e /bundle/init.sql ]]; then
    "${SERVER[@]}" --datadir=/data/new --init-file=/tmp/accounts.sql --skip-networking &
    until "${ROOT[@]}" --execute='SELECT 1' >/dev/null 2>&1; do
      kill -0 "$!"
      sleep 0.2
    done
    "${ROOT[@]}" --database="${DATABASE}" </bundle/init.sql
    kill -TERM "$!"
    wait "$!"
  fi
  mv -T /data/new /data/mysql
fi
exec "${SERVER[@]}" --init-file=/tmp/accounts.sql --bind-address="${ADDRESS}" --port="${PORT}" \
  "${@:5}"
