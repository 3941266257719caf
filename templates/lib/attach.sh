attach() { # HOST PORT: return once it takes a connection
  local deadline=$((SECONDS + WAIT_TIMEOUT))
  until timeout --kill-after=1 5 bash -c ": >/dev/tcp/$1/$2" 2>"${HERE}/missing"; do
    ((SECONDS < deadline)) ||
      die 75 "$1:$2 takes no connection after ${WAIT_TIMEOUT} s: $(tail -n 1 "${HERE}/missing")"
    sleep 2 &
    PID=$!
    wait "${PID}" # a signal ends a wait at once, a sleep only when it is over
  done
  log "connected to $1:$2"
}
