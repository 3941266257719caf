setup() { # COMMAND...: run WORDS so, before the program starts; the job ends where they fail
  ((SECONDS < DEADLINE)) &&
    timeout --kill-after=5 $((DEADLINE - SECONDS)) "$@" >>"${HERE}/${NAME}.log" 2>&1 &
  PID=$!
  wait "${PID}" && return
  STATUS=$?
  ((SECONDS < DEADLINE)) || die 75 "not ready in time: its setup, ${WORDS[0]}, was not done"
  tail -n 20 "${HERE}/${NAME}.log" | cut -c1-200
  die 78 "its setup failed: ${WORDS[0]} exited with ${STATUS}"
}
