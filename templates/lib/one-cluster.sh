for VARIABLE in SLURM_CLUSTERS SBATCH_CLUSTERS SALLOC_CLUSTERS; do
  [[ ${!VARIABLE:-} ]] || continue
  echo "${VARIABLE}=${!VARIABLE} asks another cluster; unset it, and log in to that one" >&2
  exit 78
done
[[ ${SLURMD_NODENAME:-} ]] || unset SLURM_CLUSTER_NAME # outside a job Slurm is asked
