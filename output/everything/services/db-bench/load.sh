#!/bin/bash
# In the container: load.sh prepare|round|remove TABLE ROWS CLIENTS TRANSACTIONS [OPTION of mysql]
# A round prints its microseconds and transactions, then each client's status and microseconds.
set -uo pipefail
TABLE=$2 ROWS=$3 CLIENTS=$4 TRANSACTIONS=$5
OPTIONS=(--defaults-file=/run/hpcgen/client.cnf --batch --skip-column-names "${@:6}")

prepare() { # a table of ROWS rows, numbered from 1
  mysql "${OPTIONS[@]}" <<SQL
DROP TABLE IF EXISTS ${TABLE};
CREATE TABLE ${TABLE} (id BIGINT PRIMARY KEY AUTO_INCREMENT, hits BIGINT, text CHAR(120));
INSERT INTO ${TABLE} WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 999)
SELECT 1 + a.i + 1000 * b.i, 0, REPEAT('x', 120) FROM d a, d b WHERE a.i + 1000 * b.i < ${ROWS};
SQL
}

transactions() { # each inserts a row, reads one of the ROWS and updates another
  local any="(SELECT CAST(1 + FLOOR(RAND() * ${ROWS}) AS SIGNED) AS id) AS one" n
  for ((n = 0; n < TRANSACTIONS; n++)); do
    echo "START TRANSACTION; INSERT INTO ${TABLE} (hits, text) VALUES (0, REPEAT('y', 120));"
    echo "SELECT text FROM ${TABLE} JOIN ${any} USING (id);"
    echo "UPDATE ${TABLE} JOIN ${any} USING (id) SET hits = hits + 1; COMMIT;"
  done
}

client() { # one connection; its first error ends it
  local began status
  began=$(date +%s%6N)
  transactions 2>/dev/null | mysql "${OPTIONS[@]}" >/dev/null
  status=${PIPESTATUS[1]}
  printf '%d\t%d\n' "${status}" $(($(date +%s%6N) - began))
}

committed() {
  mysql "${OPTIONS[@]}" --execute="SELECT COUNT(*) FROM ${TABLE} WHERE id > ${ROWS}"
}

round() { # every client at once; what counts is what the table holds afterwards
  local after before began clients ended n
  before=$(committed) || exit
  began=$(date +%s%6N)
  clients=$(for ((n = 0; n < CLIENTS; n++)); do client & done; wait)
  ended=$(date +%s%6N)
  after=$(committed) || exit
  printf '%d\t%d\n%s\n' $((ended - began)) $((after - before)) "${clients}"
}

case $1 in
  prepare) prepare ;;
  round) round ;;
  remove) mysql "${OPTIONS[@]}" --execute="DROP TABLE IF EXISTS ${TABLE}" ;;
esac
