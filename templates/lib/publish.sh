# The endpoint appears whole or not at all, and readers follow `current` to it.
printf '%s\n' "HOST=${IP}" "PORT=${PORT}" "NODE=${HOSTNAME}" "JOB_ID=${SLURM_JOB_ID}" \
  "NONCE=${NONCE}" COMPLETE=1 >"${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/endpoint" &&
  ln -sT -- "${SLURM_JOB_ID}" "${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/../current"
[[ -e ${HERE}/../current/endpoint ]] || die 73 "cannot write ${HERE}"
