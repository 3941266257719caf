publish() { # the endpoint of this replica appears whole or not at all
  printf '%s\n' "HOST=${IP}" "PORT=${PORT}" "NODE=${HOSTNAME}" "JOB_ID=${SLURM_JOB_ID}" \
    "CLUSTER=${SLURM_CLUSTER_NAME:-}" "NONCE=${NONCE}" "REPLICA=${REPLICA}" \
    "PROCESSES=${PROCESSES}" COMPLETE=1 >"${HERE}/.new" || return
  mv -T -- "${HERE}/.new" "${HERE}/endpoint"
}
