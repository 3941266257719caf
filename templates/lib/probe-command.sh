probe() { # PROBE_COMMAND succeeds in a container like the service's
  timeout --kill-after=1 5 "${PROBE[@]}" "${BINDS[@]}" "${IMAGE}" "${PROBE_COMMAND[@]}" \
    </dev/null >/dev/null 2>&1 || { echo "${PROBE_COMMAND[0]} exits with $?"; return 1; }
}
