timeout "${DURATION}" "${STEP[@]}" "${CONTAINED[@]}" "${COMMAND[@]}" \
  >>"${HERE}/${NAME}.log" 2>&1 &
PID=$!
wait "${PID}"
STATUS=$?
[[ ${STATUS} == @(0|124) ]] || die 69 "${COMMAND[0]} exited with ${STATUS}"
tail -n 20 "${HERE}/${NAME}.log"
[[ ${STATUS} == 124 ]] && die 75 "not done within ${DURATION} s"
log "results: ${RESULTS}"
