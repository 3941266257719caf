# redis-benchmark takes a password only as an argument, which everybody on the node can read. It
# gets a user of its own: for this run, for the commands it sends and for the keys it writes.
RUN_USER=${NAME}-${SLURM_JOB_ID}
TOKEN=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
ANSWER=$(ask "ACL SETUSER ${RUN_USER} reset on #$(printf %s "${TOKEN}" | sha256sum | cut -c1-64) \
~key:* ~counter:* ~mylist ~myset ~myhash ~myzset ~mystream +ping +set +get +incr +lpush +rpush \
+lpop +rpop +sadd +hset +spop +zadd +zpopmin +lrange +mset +xadd +config|get")
[[ ${ANSWER} == +OK ]] || die 69 "Redis gives no user for the run: ${ANSWER:-no answer}"

# One round after the other until DURATION is over; one that is then in progress does not count.
ROUNDS=0
rm -f -- "${RESULTS}"/round-*.csv # of an earlier start
START=${SECONDS}
LEFT=${DURATION}
while ((LEFT > 0)); do
  timeout --kill-after=5 "${LEFT}" "${CONTAINED[@]}" redis-benchmark -h "${REDIS_HOST}" \
    -p "${REDIS_PORT}" --user "${RUN_USER}" -a "${TOKEN}" "${BENCHMARK[@]}" --csv \
    >"${RESULTS}/unfinished.csv" 2>>"${HERE}/${NAME}.log" </dev/null &
  PID=$!
  wait "${PID}"
  STATUS=$?
  ((STATUS == 124 || (STATUS == 137 && SECONDS >= START + DURATION))) && break # too long
  [[ ${STATUS} == 0 ]] || die 69 "redis-benchmark exited with ${STATUS}"
  ROUNDS=$((ROUNDS + 1))
  mv -- "${RESULTS}/unfinished.csv" "${RESULTS}/round-${ROUNDS}.csv"
  LEFT=$((REPEAT ? START + DURATION - SECONDS : 0))
  rounds "${REQUESTS}" | progress 1
  log "round ${ROUNDS} done"
done
((ROUNDS)) || die 75 "no round was finished within ${DURATION} s"

# Rates and means are means over the rounds, percentiles and extremes the worst of them.
printf -v ABOUT '"client": "%s", "kind": "redis-benchmark", "target": "%s", "job_id": %d,
  "seconds": %d, "rounds": %d, "parameters": { "clients": %d, "data_size": %d, "pipeline": %d,
  "requests": %d, "tests": %s }' "${NAME}" "${TARGET}" "${SLURM_JOB_ID}" $((SECONDS - START)) \
  "${ROUNDS}" "${CLIENTS}" "${DATA_SIZE}" "${PIPELINE}" "${REQUESTS}" "${TESTS}"
awk -F'","' -v about="${ABOUT}" '
  FNR == 1 { next }
  { gsub(/^"|"$/, "") }
  !($1 in rate) { order[++tests] = $1; least[$1] = $4 }
  {
    rate[$1] += $2; mean[$1] += $3; rounds[$1]++
    if ($4 < least[$1]) least[$1] = $4
    for (i = 5; i <= 8; i++) if ($i > worst[$1, i]) worst[$1, i] = $i + 0
  }
  END {
    printf "{ %s,\n  \"tests\": [", about
    for (n = 1; n <= tests; n++) {
      t = order[n]
      printf "%s\n    { \"test\": \"%s\", \"requests_per_second\": %.2f,\n", (n > 1 ? "," : ""), t,
        rate[t] / rounds[t]
      printf "      \"latency_ms\": { \"mean\": %.3f, \"min\": %.3f, \"p50\": %.3f, \"p95\": %.3f,",
        mean[t] / rounds[t], least[t], worst[t, 5], worst[t, 6]
      printf " \"p99\": %.3f, \"max\": %.3f } }", worst[t, 7], worst[t, 8]
    }
    print "\n  ]\n}"
    exit tests == 0
  }' "${RESULTS}"/round-*.csv >"${RESULTS}/.result.json" || die 69 "there are no figures"
mv -T -- "${RESULTS}/.result.json" "${RESULTS}/result.json"
rounds "${REQUESTS}" | progress 0
cat -- "${RESULTS}/result.json"
log "result: ${RESULTS}/result.json"
