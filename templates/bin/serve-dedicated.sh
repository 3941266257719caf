((${#NODES[@]} > 1)) || { echo "there is one node: Envoy needs one beside the workers'" >&2; exit 78; }
export HPCGEN_REPLICAS=$((${#NODES[@]} - 1))
start "${SERVICE}-replicas" "${NODES[0]}"
start "${SERVICE}" "${NODES[-1]}"
