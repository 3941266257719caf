ASKED=("${EACH[@]}" "${BALANCER[@]}" :
  "${EACH[@]}" "${NODE[@]}" "--nodes=${COUNT}" "--cpus-per-task=${CPUS_PER_WORKER}")
