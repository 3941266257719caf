printf '%s\n' "HOST=${IP}" "PORT=${PORT}" "NODE=${HOSTNAME}" "JOB_ID=${SLURM_JOB_ID}" \
  "NONCE=${NONCE}" "REPLICA=${REPLICA}" "PROCESSES=${PROCESSES}" COMPLETE=1 \
  >"${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/endpoint"
[[ -e ${HERE}/endpoint ]] || die 73 "cannot write ${HERE}"
