# The death of a service fails the job.
while :; do
  sleep 0.5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
  for PID in "${!SERVING[@]}"; do
    kill -0 "${PID}" 2>/dev/null && continue
    wait "${PID}"
    STATUS=$?
    die $((STATUS ? STATUS : 69)) "${SERVING[PID]} has ended with ${STATUS}"
  done
done
