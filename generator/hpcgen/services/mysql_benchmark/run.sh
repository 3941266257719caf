# The password is in a file of ours: command lines can be read by everybody on the node.
mkdir -p -- "${HERE}/etc"
printf '%s\n' '[client]' "host=${MYSQL_HOST}" "port=${MYSQL_TCP_PORT}" "user=${MYSQL_USER}" \
  "password=\"${MYSQL_PWD}\"" '[mysql]' "database=${MYSQL_DATABASE}" >"${HERE}/etc/client.cnf" ||
  die 73 "cannot write ${HERE}/etc"
unset DATABASE_URL MYSQL_PWD
rm -f -- "${RESULTS}"/{round-*.tsv,result.json} # of an earlier start
load "${DURATION}" prepare || die 69 "MySQL makes no table of ${TABLE_ROWS} rows"

# One round after the other until DURATION is over; one that is then in progress does not count.
ROUNDS=0
START=${SECONDS}
LEFT=${DURATION}
while ((LEFT > 0)); do
  load "${LEFT}" round >"${RESULTS}/unfinished.tsv"
  STATUS=$?
  ((STATUS == 124 || (STATUS == 137 && SECONDS >= START + DURATION))) && break # too long
  [[ ${STATUS} == 0 ]] || die 69 "a round exited with ${STATUS}"
  ROUNDS=$((ROUNDS + 1))
  mv -- "${RESULTS}/unfinished.tsv" "${RESULTS}/round-${ROUNDS}.tsv"
  LEFT=$((REPEAT ? START + DURATION - SECONDS : 0))
  rounds | progress 1
  log "round ${ROUNDS} done"
done
((ROUNDS)) || die 75 "no round was finished within ${DURATION} s"

# What counts is what was committed, over the seconds of the rounds; times are those of clients
# that came to their end, each one's divided by its transactions.
printf -v ABOUT '"client": "%s", "kind": "mysql-benchmark", "target": "%s", "job_id": %d,
  "seconds": %d, "rounds": %d, "parameters": { "clients": %d, "rows": %d, "transactions": %d }' \
  "${NAME}" "${TARGET}" "${SLURM_JOB_ID}" $((SECONDS - START)) "${ROUNDS}" "${CLIENTS}" "${TABLE_ROWS}" \
  "${TRANSACTIONS}"
awk -v about="${ABOUT}" -v transactions="${TRANSACTIONS}" '
  FNR == 1 {
    time += $1; committed += $2; rate = $2 * 1000000 / $1
    if (FILENAME == ARGV[1] || rate < least) least = rate
    if (rate > most) most = rate
    next
  }
  $1 { failed++; next }
  {
    each = $2 / transactions / 1000; sum += each
    if (!ended++ || each < fastest) fastest = each
    if (each > slowest) slowest = each
  }
  END {
    if (!ended || !committed) exit 1
    printf "{ %s,\n  \"transactions\": { \"asked\": %d, \"committed\": %d },\n", about,
      (ended + failed) * transactions, committed
    printf "  \"clients\": { \"successful\": %d, \"failed\": %d },\n", ended, failed
    printf "  \"transactions_per_second\": { \"mean\": %.2f, \"min\": %.2f, \"max\": %.2f },\n",
      committed * 1000000 / time, least, most
    printf "  \"transaction_ms\": { \"mean\": %.3f, \"min\": %.3f, \"max\": %.3f }\n}\n",
      sum / ended, fastest, slowest
  }' "${RESULTS}"/round-*.tsv >"${RESULTS}/.result.json" || die 69 "no client came to its end"
mv -T -- "${RESULTS}/.result.json" "${RESULTS}/result.json"
rounds | progress 0
cat -- "${RESULTS}/result.json"
log "result: ${RESULTS}/result.json"
