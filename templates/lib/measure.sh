rm -f -- "${RESULTS}/result.json" # of an earlier start
UNTIL=$((SECONDS + LIMIT))
timeout --kill-after=5 "${LIMIT}" "${CONTAINED[@]}" "${COMMAND[@]}" >>"${HERE}/${NAME}.log" 2>&1 &
PID=$!
wait "${PID}"
STATUS=$?
((STATUS == 124 || (STATUS == 137 && SECONDS >= UNTIL))) && die 75 "no result after ${LIMIT} s"
[[ ${STATUS} == 0 ]] || die 69 "the measurement exited with ${STATUS}"
[[ -s ${RESULTS}/result.json ]] || die 69 "the measurement left no result"
cat -- "${RESULTS}/result.json"
log "result: ${RESULTS}/result.json"
