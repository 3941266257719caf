ASKED=("${EACH[@]}" "${NODE[@]}" --nodes=$((COUNT + 1)) "--cpus-per-task=${CPUS_PER_WORKER}")
