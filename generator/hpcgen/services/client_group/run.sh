GROUP=http://${CLIENT_SERVICE_ADDR#http://}/api/v1/client-group/${BENCHMARK_ID}
rm -rf -- "${HERE}"/{failed,registered} "${RESULTS}"/*.json # of an earlier start
mkdir -- "${HERE}/registered" || die 73 "cannot write ${HERE}"
JOINED=yes
[[ ! ${CREATE} ]] || ask POST '' "${CREATE}" '201 409' "${PATIENCE}" 10 ||
  die "$?" "$(<"${HERE}/said")"
"${STEP[@]}" bash "${HERE}/bundle/client.sh" "${GROUP}" "${CLIENT_PORT}" "${PATIENCE}" "${HERE}" \
  "${RESULTS}" "${INTERFACE}" "${CONTAINED[@]}" "${COMMAND[@]}" "${OPTIONS[@]}" \
  >>"${HERE}/${NAME}.log" 2>&1 &
PID=$!

# The benchmark starts when all of them are registered.
REGISTERED='' START=''
while [[ ${#REGISTERED} != "${NUM_CLIENTS}" ]] && pause; do
  REGISTERED=$(find "${HERE}/registered" -type f -name '[!.]*' -printf .)
done
if [[ ${#REGISTERED} == "${NUM_CLIENTS}" ]]; then
  log "${NUM_CLIENTS} of ${NUM_CLIENTS} clients are registered"
  ask POST /run '' 200 0 60 || die "$?" "$(<"${HERE}/said")"
  log "$(<"${HERE}/said")"
  START=${SECONDS}
  while ((SECONDS < START + DURATION)) && pause; do :; done
fi
if kill -0 "${PID}" 2>/dev/null; then
  log "asked to end after ${DURATION} s"
  if ((${#STEP[@]})); then scancel --signal=TERM "${SLURM_JOB_ID}"; else kill -TERM "${PID}"; fi
fi
wait "${PID}"
STATUS=$?
if [[ $(find "${HERE}" -maxdepth 1 -name failed) ]]; then # it also refreshes the directory
  read -r STATUS NODE SAID <"${HERE}/failed"
  tail -n 20 -- "${HERE}/${NODE}.log" | cut -c1-200
  die "${STATUS}" "${NODE}: ${SAID}"
fi
[[ ${STATUS} == 0 ]] || die 69 "the clients' step exited with ${STATUS}"
[[ ${START} ]] || die 69 "the clients ended before all of them were registered"
RAN=$(grep -lE '"status": (0|143),' -- "${RESULTS}"/*.json | wc -l) # 143: when it was asked to end
((RAN == NUM_CLIENTS)) || die 69 "only ${RAN} of ${NUM_CLIENTS} clients ran"
printf '{ "client": "%s", "kind": "client-group", "benchmark_id": %d, "job_id": %d,
  "num_clients": %d, "seconds": %d }\n' "${NAME}" "${BENCHMARK_ID}" "${SLURM_JOB_ID}" "${RAN}" \
  $((SECONDS - START)) >"${RESULTS}/.result.json"
mv -T -- "${RESULTS}/.result.json" "${RESULTS}/result.json"
log "result: ${RESULTS}/result.json"
