ASKED=("${EACH[@]}" "--nodes=${COUNT}" "--ntasks=${COUNT}"
  --cpus-per-task=$((CPUS_PER_WORKER + ENVOY_CPUS)))
