# shellcheck disable=SC2329 # finish calls it
drain() { # SECONDS at which it is over: Envoy takes no connection any more, but answers who has one
  local open
  admin /drain_listeners --request POST >/dev/null || return
  while open=$(admin '/stats?filter=^http\.'"${NAME}"'\.downstream_rq_active$') &&
    [[ ${open} == *': '[1-9]* ]] && ((SECONDS < $1)); do
    sleep 0.2
  done
}
