export REDIS_HOST="${host}" REDIS_PORT="${port}" REDISCLI_AUTH="${secret}"
if [[ ${secret} == *[^A-Za-z0-9]* ]]; then # a URL spells these as %XX
  secret=$(printf %s "${secret}" | od -An -v -tx1 | tr -d '\n' | tr ' ' %)
fi
export REDIS_URL="redis://:${secret}@${host}:${port}/0"
