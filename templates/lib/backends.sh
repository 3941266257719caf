# --- the replicas that the balancer sends requests to ---------------------------------------------
NODES=() # of each of them

assign() { # tell the balancer of the replicas that have an endpoint, where they are others
  local complete endpoint host key new node port replicas=() value
  NODES=()
  ls -- "${RUN}/${BACKEND}/current/replicas/" >/dev/null 2>&1 # a network file system looks again
  for endpoint in "${RUN}/${BACKEND}/current/replicas/"*/endpoint; do
    complete='' host='' node='' port=''
    while IFS='=' read -r key value; do
      case ${key} in
        HOST) host=${value} ;;
        PORT) port=${value} ;;
        NODE) node=${value} ;;
        PROCESSES) PROCESSES=${value} ;;
        COMPLETE) complete=${value} ;;
      esac
    done 2>/dev/null <"${endpoint}"
    [[ ${complete} ]] && replicas+=("${host}" "${port}") NODES+=("${node}")
  done
  new=${NODE_DIR}/backends.${BASHPID} # the probe of a ready balancer runs beside this script
  backends "${replicas[@]}" >"${new}" || die 73 "cannot write ${NODE_DIR}"
  if cmp -s -- "${new}" "${BACKENDS}"; then
    rm -f -- "${new}"
    return
  fi
  log "${#NODES[@]} of ${REPLICAS} replicas: ${NODES[*]}" >&2
  mv -T -- "${new}" "${BACKENDS}" || die 73 "cannot write ${NODE_DIR}"
}

describe_fleet() { # what the endpoint says of the fleet
  local hosts on_a_node
  assign
  mapfile -t hosts < <(printf '%s\n' "${NODES[@]}" | sort -u)
  on_a_node=$(((${#NODES[@]} + ${#hosts[@]} - 1) / ${#hosts[@]}))
  PUBLISHED=("BALANCER_NODE=${HOSTNAME}" "WORKER_NODES=${hosts[*]}" "NUM_WORKERS=${REPLICAS}"
    "WORKERS_PER_NODE=$((${PROCESSES:-1} * on_a_node))")
}
