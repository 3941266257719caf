target() { # JOB ADDRESS: have Prometheus scrape it there, until `finish` withdraws it
  local file=${RUN}/targets/$1@${SLURM_JOB_ID}.${REPLICA:-0}.${HOSTNAME} labels
  labels=$(printf '"%s": "%s", ' deployment "${DEPLOYMENT}" service "${NAME}" \
    job_id "${SLURM_JOB_ID}" node "${HOSTNAME}")
  { mkdir -p -- "${file%/*}" &&
    printf '[{"targets": ["%s"], "labels": {%s"replica": "%s"}}]\n' "$2" "${labels}" \
      "${REPLICA:-0}" >"${file}.new" && mv -T -- "${file}.new" "${file}.json"; } ||
    log "Prometheus cannot be told of $1"
}
