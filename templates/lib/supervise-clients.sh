# The death of a service fails the job; its clients end it, with the worst of their statuses.
WORST=0
while ((${#WORKING[@]})); do
  sleep 0.5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
  for PID in "${!SERVING[@]}"; do
    kill -0 "${PID}" 2>/dev/null && continue
    wait "${PID}"
    STATUS=$?
    die $((STATUS ? STATUS : 69)) "${SERVING[PID]} has ended with ${STATUS}"
  done
  for PID in "${!WORKING[@]}"; do
    kill -0 "${PID}" 2>/dev/null && continue
    wait "${PID}"
    STATUS=$?
    ((STATUS > WORST)) && WORST=${STATUS}
    log "${WORKING[PID]} has ended with ${STATUS}"
    unset "WORKING[${PID}]"
  done
done
REASON="its clients have ended"
exit "${WORST}"
