UNTIL=$((SECONDS + DURATION))
timeout --kill-after=10 "${DURATION}" "${STEP[@]}" "${CONTAINED[@]}" "${COMMAND[@]}" \
  >>"${HERE}/${NAME}.log" 2>&1 &
PID=$!
wait "${PID}"
STATUS=$?
((STATUS == 137 && SECONDS >= UNTIL)) && STATUS=124 # it had to be killed, as it did not end
# Where one of several tasks fails, srun ends the others, and its status may be one of theirs.
FAILED=$(sed -n 's/^srun: error: \(.*: task.*: \)/\1/p; T; q' "${HERE}/${NAME}.log")
[[ ${STATUS} == @(0|124) ]] || die 69 "${FAILED:-${COMMAND[0]} exited with ${STATUS}}"
tail -n 20 "${HERE}/${NAME}.log"
[[ ${STATUS} == 0 ]] || die 75 "not done within ${DURATION} s"
log "results: ${RESULTS}"
