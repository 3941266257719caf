while kill -0 "${PID}" 2>/dev/null; do
  tend
  sleep 0.5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
done
rm -f -- "${HERE}/endpoint"
wait "${PID}"
die 69 "${NAME} exited with $?"
