export MYSQL_HOST="${host}" MYSQL_TCP_PORT="${port}" MYSQL_USER="${user}"
export MYSQL_DATABASE="${database}" MYSQL_PWD="${secret}"
if [[ ${secret} == *[^A-Za-z0-9]* ]]; then # a URL spells these as %XX
  secret=$(printf %s "${secret}" | od -An -v -tx1 | tr -d '\n' | tr ' ' %)
fi
export DATABASE_URL="mysql://${user}:${secret}@${host}:${port}/${database}"
