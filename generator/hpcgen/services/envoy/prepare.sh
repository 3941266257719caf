assign
mapfile -t HOSTS < <(printf '%s\n' "${NODES[@]}" | sort -u)
PUBLISHED=("ENVOY_NODE=${HOSTNAME}" "ENVOY_ADMIN_URL=http://${IP}:${ADMIN_PORT}"
  "WORKER_NODES=${HOSTS[*]}" "NUM_WORKERS=${REPLICAS}"
  "WORKERS_PER_NODE=$((${PROCESSES:-1} * ((${#NODES[@]} + ${#HOSTS[@]} - 1) / ${#HOSTS[@]})))")
