probe() { # PROBE_COMMAND succeeds on this node, with the variables of the service
  timeout --kill-after=1 5 "${PROBE[@]}" "${PROBE_COMMAND[@]}" </dev/null >/dev/null 2>&1 ||
    { echo "${PROBE_COMMAND[0]} exits with $?"; return 1; }
}
