export PGHOST="${host}" PGPORT="${port}" PGUSER="${user}" PGDATABASE="${database}"
export PGPASSWORD="${secret}"
if [[ ${secret} == *[^A-Za-z0-9]* ]]; then # a URL spells these as %XX
  secret=$(printf %s "${secret}" | od -An -v -tx1 | tr -d '\n' | tr ' ' %)
fi
export DATABASE_URL="postgresql://${user}:${secret}@${host}:${port}/${database}"
