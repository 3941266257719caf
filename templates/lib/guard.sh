group_runs() { # GROUP PID: whether a process of that group runs, but for PID
  local pid pids
  mapfile -t pids < <(cat /proc/[0-9]*/stat 2>/dev/null |
    sed -n "s/^\([0-9]*\) (.*) [A-Y] [0-9]* $1 .*/\1/p")
  for pid in "${pids[@]}"; do # those that have made this list are gone by now
    [[ ${pid} != "$2" && -e /proc/${pid} ]] && return
  done
  return 1
}

guard() { # where this script is killed, and can end nothing itself, its processes end all the same
  local deadline group me=${BASHPID}
  trap '' USR1 # Slurm may tell every process of a step
  group=$(sed 's/^[0-9]* (.*) //' "/proc/${me}/stat" | cut -d ' ' -f 3)
  tail --pid="$$" -f /dev/null
  trap '' TERM
  kill -TERM 0
  deadline=$((SECONDS + GRACE + 5)) # what a fleet's replicas may take
  while group_runs "${group}" "${me}" && ((SECONDS < deadline)); do
    sleep 0.2
  done
  kill -KILL 0
}
