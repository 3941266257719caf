mapfile -t WORKERS_ON < <(
  scontrol show hostnames "${SLURM_JOB_NODELIST_HET_GROUP_1:-${SLURM_JOB_NODELIST}}"
)
export HPCGEN_REPLICAS=${#WORKERS_ON[@]}
start "${SERVICE}" "${NODES[0]}"
