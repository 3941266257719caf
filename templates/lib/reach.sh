reach() { # SERVICE SECONDS: source its connection file, the reviewed one, as soon as it connects
  local deadline=$((SECONDS + $2)) file=${HERE}/connections/$1.env job='' pause status
  reviewed "connections/$1.env" "${NEEDS[$1]}" "${file%/*}"
  export HPCGEN_RUN_DIR=${RUN} # a copy cannot tell it from where it lies
  if [[ " ${HPCGEN_JOBS:-}" =~ " $1="([0-9]+) ]]; then
    job=${BASH_REMATCH[1]} # the one that was submitted together with us
  fi
  while :; do
    # shellcheck source=/dev/null
    . "${file}" 2>"${HERE}/missing"
    status=$?
    ((status == 0)) && break
    pause=2
    # 2: its job does not run, 3: Slurm cannot tell. Slurm is not to be asked more often than this.
    ((status == 1)) || pause=$((30 + RANDOM % 10))
    if [[ ${job} && -e ${RUN}/$1/${job}/ended ]]; then
      pause=10 # Slurm may start it again
      [[ $(job_state "${job}") == ended* ]] &&
        die 75 "$1 will not come: $(<"${RUN}/$1/${job}/ended")"
    fi
    ((SECONDS < deadline)) || die 75 "no $1 after $2 s: $(<"${HERE}/missing")"
    sleep "${pause}" &
    PID=$!
    wait "${PID}" # a signal ends a wait at once, a sleep only when it is over
  done
  cp -f -- "${RUN}/$1/current/endpoint" "${file%.env}.endpoint"
  log "connected to $1"
}
