probe() { # Envoy is live and has found NEEDED replicas healthy; prints how many it has
  local healthy status
  assign
  [[ $(admin /ready) == LIVE* ]] || { echo "Envoy is not live"; return 1; }
  healthy=$(admin /clusters | grep -c "^${NAME}::.*::health_flags::healthy$")
  ((healthy >= NEEDED)) || { echo "${healthy} of ${NEEDED} replicas are healthy"; return 1; }
  [[ ${HEALTH} ]] || return 0
  status=$(curl --disable --noproxy '*' --silent --max-time 5 --output /dev/null \
    --write-out '%{http_code}' "http://${IP}:${PORT}${HEALTH}")
  [[ ${status} == 2?? ]] || { echo "GET ${HEALTH} is answered with ${status}"; return 1; }
}
