ASKED=("${EACH[@]}" "${NODE[@]}" "--nodes=${COUNT}"
  --cpus-per-task=$((CPUS_PER_WORKER + BALANCER_SHARE)))
