ASKED=("${EACH[@]}" --nodes=$((COUNT + 1)) --ntasks=$((COUNT + 1))
  "--cpus-per-task=${CPUS_PER_WORKER}")
