SLURM_PATIENCE=20 # seconds after which Slurm counts as not answering

cluster_name() { # the cluster that the commands of this node ask
  if [[ ${SLURM_CLUSTER_NAME:-} ]]; then
    echo "${SLURM_CLUSTER_NAME}"
    return
  fi
  timeout --kill-after=1 "${SLURM_PATIENCE}" scontrol show config 2>/dev/null |
    awk '$1 == "ClusterName" { print $3 }'
}
