# Replicas join, die and come back; when all have ended, so has this.
while kill -0 "${PID}" 2>/dev/null; do
  tend
  assign 2>&1
  lost_fleet
  sleep 0.5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
done
wait "${PID}"
die 69 "${NAME} exited with $?"
