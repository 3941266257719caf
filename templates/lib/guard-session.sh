session_processes() { # SESSION PID: the processes of that session, but for PID
  local pid pids
  mapfile -t pids < <(cat /proc/[0-9]*/stat 2>/dev/null |
    sed -n "s/^\([0-9]*\) (.*) [A-Y] [0-9]* [0-9]* $1 .*/\1/p")
  for pid in "${pids[@]}"; do # those that have made this list are gone by now
    [[ ${pid} != "$2" && -O /proc/${pid} ]] && echo "${pid}"
  done
}

guard() { # where this script is killed, no process of it runs on: `timeout` has groups of its own
  local deadline me=${BASHPID} processes session
  trap '' USR1 # Slurm may tell every process of a step
  session=$(sed 's/^[0-9]* (.*) //' "/proc/$$/stat" | cut -d ' ' -f 4)
  tail --pid="$$" -f /dev/null
  trap '' TERM
  if [[ -O /proc/${session} ]]; then # a terminal's, in which others run too, and not Slurm's
    kill -TERM 0
    return
  fi
  mapfile -t processes < <(session_processes "${session}" "${me}")
  kill -TERM "${processes[@]}" 2>/dev/null
  deadline=$((SECONDS + 5))
  while [[ $(session_processes "${session}" "${me}") ]] && ((SECONDS < deadline)); do
    sleep 0.2
  done
  mapfile -t processes < <(session_processes "${session}" "${me}")
  kill -KILL "${processes[@]}" 2>/dev/null
}
