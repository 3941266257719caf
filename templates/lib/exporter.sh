exporter() { # NAME PORT...: run it on the first that is free, and have Prometheus scrape it
  local i name=$1 pid=${HERE}/$1-exporter.${HOSTNAME}.pid port program
  for port in "${@:2}"; do
    [[ $(listeners "${port}") ]] && continue
    "${name}_exporter" "${port}" >>"${HERE}/${name}-exporter.log" 2>&1 &
    for ((i = 0; i < 120; i++)); do
      sleep 0.5
      kill -0 "$!" 2>/dev/null || break
      program=$(cat -- "${pid}" 2>/dev/null || echo "$!")
      is_ours "${port}" "${program}" >/dev/null && target "${NAME}.${name}" "${IP}:${port}" && break
    done
    wait "$!" # it stays a target, and Prometheus finds it down
    log "the exporter ${name} on ${HOSTNAME} has ended with $?, and ${NAME} goes on without it"
    return
  done
  log "no exporter ${name}: none of the ports ${*:2} is free on ${HOSTNAME}"
}
