on_front() { # CPUS COMMAND...: become a step on Envoy's node; it fits where memory is used up too
  exec srun --overlap --nodes=1 --ntasks=1 --ntasks-per-node=1 "--cpus-per-task=$1" --mem=0 \
    --mpi=none "--nodelist=${FRONT}" "${@:2}" </dev/null
}
start() { # JOB CPUS: run the job's script there; its process is known by a file beside its log
  local place=${LOGS}/${DEPLOYMENT}-$1-${SLURM_JOB_ID}
  rm -f -- "${place}.pid"
  set -m # out of reach of what is typed: two interrupts would have srun kill its step
  # shellcheck disable=SC2016 # the shell on the node knows its number
  on_front "$2" bash -c 'echo "$$" >"$0" && exec bash "$1"' "${place}.pid" \
    "${BUNDLE}/jobs/$1.sbatch" >>"${place}.log" 2>&1 &
  set +m
  STEPS+=("$!") PLACES+=("${place}")
}
gone() { # PID SECONDS: whether it ends within so many
  local deadline=$((SECONDS + $2))
  while kill -0 "$1" 2>/dev/null; do
    ((SECONDS < deadline)) || return
    sleep 0.2
  done
}
stop() { # NUMBER: ask a script to end, and none of the processes beside it, as bin/cancel.sh does
  local pid step=${STEPS[$1]}
  kill -0 "${step}" 2>/dev/null || return
  pid=$(cat -- "${PLACES[$1]}.pid" 2>/dev/null) # none where it has not begun
  (on_front 1 bash -c "kill -USR1 ${pid:-none}" 2>/dev/null) || kill -TERM "${step}"
  gone "${step}" $((2 * GRACE + 10)) && return
  echo "did not end when asked, killed: ${PLACES[$1]##*/}" >&2
  kill -TERM "${step}"
  gone "${step}" "${GRACE}"
}
# shellcheck disable=SC2329 # traps call it
finish() { # STATUS: the one way out: the command, then Envoy, then the workers, each in its time
  trap - EXIT && trap '' HUP INT TERM
  local i
  [[ ${COMMAND} ]] && kill "-${ENDS_BY}" "${COMMAND}" 2>/dev/null &&
    { gone "${COMMAND}" "${GRACE}" || kill -KILL "${COMMAND}"; }
  for ((i = ${#STEPS[@]} - 1; i >= 0; i--)); do stop "${i}"; done
  exit "$1"
}
COMMAND='' ENDS_BY=TERM
trap 'finish $?' EXIT
trap 'finish 143' HUP INT TERM
