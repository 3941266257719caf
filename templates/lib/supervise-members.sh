while kill -0 "${PID}" 2>/dev/null && ! LOST=$(lost); do
  tend
  sleep 0.5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
done
kill -0 "${PID}" 2>/dev/null && die 69 "${LOST}"
rm -f -- "${HERE}/endpoint"
for ((i = 0; i < 8; i++)); do # what it may have died of
  LOST=$(lost) && break
  sleep 0.25
done
wait "${PID}"
die 69 "${NAME} exited with $?${LOST:+; ${LOST}}"
