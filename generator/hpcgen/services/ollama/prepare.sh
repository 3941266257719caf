# The model is got ready; `read` heeds a signal. The last line begins with the status.
while read -r STATUS SAID && log "${SAID}" && [[ ${STATUS} == - ]]; do :; done < <(
  RUN=${RUN} bash "${HERE}/bundle/model.sh" "http://${IP}:${PORT}" "${MODELS}" \
    "${SLURM_JOB_ID}.${NAME}" "${STEPS[@]}")
[[ ${STATUS} == 0 ]] || { sleep 1 & wait "$!"; } # where it was cancelled with us, we end here
[[ $(listeners "${PORT}") ]] || die 69 "${NAME} died before its model was ready"
[[ ${STATUS} == 0 ]] || die "${STATUS:-75}" "${SAID:-model.sh was ended}"
