ASKED=("${EACH[@]}" --nodes=1 --ntasks=1 "--cpus-per-task=${ENVOY_CPUS}" :
  "${EACH[@]}" "--nodes=${COUNT}" "--ntasks=${COUNT}" "--cpus-per-task=${CPUS_PER_WORKER}")
