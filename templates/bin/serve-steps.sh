on_front() { # CPUS COMMAND...: a step on the balancer's node, which fits where memory is used up too
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
  STEPS+=("$!") NAMES+=("$1") PLACES+=("${place}")
}
gone() { # SECONDS PID...: whether all of them end within so many
  local deadline=$((SECONDS + $1))
  while kill -0 "${@:2}" 2>/dev/null; do
    ((SECONDS < deadline)) || return
    sleep 0.2
  done
}
stop() { # NUMBER: ask a script to end, and none of the processes beside it, as bin/cancel.sh does
  local pid step=${STEPS[$1]}
  kill -0 "${step}" 2>/dev/null || return
  pid=$(cat -- "${PLACES[$1]}.pid" 2>/dev/null) # none where it has not begun
  (on_front 1 bash -c "kill -USR1 ${pid:-none}" 2>/dev/null) || kill -TERM "${step}"
  gone $((2 * GRACE + 10)) "${step}" && return
  echo "did not end when asked, killed: ${PLACES[$1]##*/}" >&2
  kill -TERM "${step}"
  gone "${GRACE}" "${step}"
}
is_lost() { # whether a script of the fleet has ended, or is about to
  local step
  for step in "${STEPS[@]}"; do
    kill -0 "${step}" 2>/dev/null || return 0
  done
  [[ ! -e ${OF_BALANCER}/endpoint ]]
}
tell_lost() { # which job of the fleet has ended, and how
  local i ended
  for i in "${!STEPS[@]}"; do
    kill -0 "${STEPS[i]}" 2>/dev/null && continue
    [[ -e ${RUN}/${NAMES[i]}/${SLURM_JOB_ID}/ended ]] && continue
    echo "${NAMES[i]} was killed; its log ends so:"
    tail -n 20 -- "${PLACES[i]}.log"
    return
  done
  for ended in {"${OF_WORKERS}","${OF_BALANCER}"}/ended; do
    [[ -e ${ended} ]] || continue
    i=${ended#"${RUN}/"}
    echo "${i%%/*} has ended: $(<"${ended}")"
    return
  done
  echo "${SERVICE} is about to end; its log ends so:"
  tail -n 20 -- "${PLACES[-1]}.log"
}
descend() { # PID: it, and the processes that descend from it
  local child children
  echo "$1"
  mapfile -d ' ' -t children < <(cat "/proc/$1/task/"*/children 2>/dev/null)
  for child in "${children[@]}"; do
    descend "${child}"
  done
}
# shellcheck disable=SC2329 # finish calls it
end_command() { # with all that a program has started; a shell ends its own
  local all=("${COMMAND}")
  kill -0 "${COMMAND}" 2>/dev/null || return 0
  [[ ${ENDS_BY} == HUP ]] || mapfile -t all < <(descend "${COMMAND}")
  kill "-${ENDS_BY}" "${all[@]}" 2>/dev/null
  gone "${GRACE}" "${all[@]}" || kill -KILL "${all[@]}" 2>/dev/null
}
# shellcheck disable=SC2329 # finish calls it
orphans() { # the steps of workers that their script, which was killed, has not seen end
  local job=${SLURM_JOB_ID_HET_GROUP_1:-${SLURM_JOB_ID}} step
  for step in "${OF_WORKERS}"/replicas/*/step; do
    [[ -s ${step} && ! -e ${step%/*}/ended ]] && echo "${job}.$(<"${step}")"
  done
}
# shellcheck disable=SC2329 # finish calls it
end_orphans() { # in order, and as their script would have
  local deadline=$((SECONDS + GRACE + 3)) left
  mapfile -t left < <(orphans)
  ((${#left[@]})) || return 0
  scancel --signal=USR1 "${left[@]}" 2>/dev/null # some may have ended
  while [[ $(orphans) ]] && ((SECONDS < deadline)); do
    sleep 0.2
  done
  scancel "${left[@]}" 2>/dev/null
}
# shellcheck disable=SC2329 # traps call it
finish() { # STATUS: the one way out: the command, the balancer, the workers, each in its time
  trap - EXIT && trap '' HUP INT TERM
  local i
  end_command
  for ((i = ${#STEPS[@]} - 1; i >= 0; i--)); do stop "${i}"; done
  end_orphans
  # What was killed has not withdrawn its own.
  rm -f -- "${OF_BALANCER}/endpoint" "${OF_WORKERS}"/{,replicas/*/}endpoint
  exit "$1"
}
COMMAND='' ENDS_BY=TERM
trap 'finish $?' EXIT
trap 'finish 143' HUP INT TERM
