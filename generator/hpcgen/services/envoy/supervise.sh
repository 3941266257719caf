# Replicas join, die and come back; when their job has ended, so has this one.
while kill -0 "${PID}" 2>/dev/null; do
  assign 2>&1
  ENDED=${RUN}/${BACKEND}/current/ended
  [[ -e ${ENDED} ]] && die 69 "${BACKEND} has ended: $(<"${ENDED}")"
  sleep 0.5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
done
wait "${PID}"
die 69 "${NAME} exited with $?"
