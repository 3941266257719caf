if [[ ${SLURM_JOB_NODELIST_HET_GROUP_1:-} ]]; then
  FRONT=${NODES[0]}
  export HPCGEN_REPLICA_NODES=${SLURM_JOB_NODELIST_HET_GROUP_1}
else # the balancer has no component of its own
  ((${#NODES[@]} > 1)) ||
    { echo "there is one node: the balancer needs one beside the workers'" >&2; exit 78; }
  FRONT=${NODES[-1]}
  unset 'WORKERS_ON[-1]'
fi
export HPCGEN_REPLICAS=${HPCGEN_REPLICAS:-$((PER_NODE * ${#WORKERS_ON[@]}))}
start "${SERVICE}-replicas" 1
start "${SERVICE}" "${BALANCER_CPUS}"
