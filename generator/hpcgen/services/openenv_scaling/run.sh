rm -f -- "${RESULTS}"/{result.json,raw.jsonl,summary.csv,.drivers.json} # of an earlier start
if [[ ${CHECKS} ]]; then # all of the fleet, as it may be checked by hand
  reviewed bin/preflight.sh "${PREFLIGHT}" "${HERE}/bin"
  bash "${HERE}/bin/preflight.sh" --fleet "--expect=${EXPECTED:-${NUM_WORKERS}}" "${CHECKS}" ||
    die 69 "the pre-flight failed"
  cp -f -- "${RUN}/${CHECKS}/preflight.json" "${RESULTS}/" || die 73 "cannot write ${RESULTS}"
fi
if [[ ${REPLICAS} ]]; then # one of them, past the balancer
  while IFS='=' read -r KEY VALUE; do
    [[ ${KEY} == HOST ]] && URL=http://${VALUE}
    [[ ${KEY} == PORT ]] && COMMAND+=(--url "${URL}:${VALUE}")
  done <"${RUN}/${REPLICAS}/current/endpoint"
fi
if ((${#STEP[@]})); then # the drivers, on every node: they come to the program, and end with it
  "${STEP[@]}" "${CONTAINED[@]}" python3 /bundle/drivers.py >>"${HERE}/${NAME}.log" 2>&1 &
fi
UNTIL=$((SECONDS + LIMIT))
timeout --kill-after=5 "${LIMIT}" "${CONTAINED[@]}" "${COMMAND[@]}" >>"${HERE}/${NAME}.log" 2>&1 &
PID=$!
wait "${PID}"
STATUS=$?
((STATUS == 124 || (STATUS == 137 && SECONDS >= UNTIL))) && die 75 "no result after ${LIMIT} s"
[[ ${STATUS} == 0 ]] || die 69 "the measurement exited with ${STATUS}"
[[ -s ${RESULTS}/result.json ]] || die 69 "the measurement left no result"
cut -d, -f1,3,5,6,9-12,28-30,33 -- "${RESULTS}/summary.csv"
log "result: ${RESULTS}/result.json"
