# shellcheck disable=SC2329 # the check of a fleet calls it
envoy_works() { # or print why not
  local answer
  answer=$(ask "${ENVOY_ADMIN_URL}/ready") && [[ ${answer} == LIVE* ]] && return
  echo "${answer}"
  return 1
}
# shellcheck disable=SC2329 # the check of a fleet calls it
envoy_backends() { # HOST:PORT HEALTH of each replica that it knows
  ask "${ENVOY_ADMIN_URL}/clusters" | sed -n "s/^${SERVICE}::\(.*\)::health_flags::/\1 /p"
}
# shellcheck disable=SC2329 # the check of a fleet calls it
envoy_upstreams() { # <HEADERS of answers: HOST:PORT of who gave each
  tr -d '\r' | sed -n 's/^x-upstream-host: //Ip'
}
