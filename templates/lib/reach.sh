reach() { # SERVICE SECONDS: source its connection file, the reviewed one, as soon as it connects
  local deadline=$((SECONDS + $2)) ended file=${HERE}/connections/$1.env job pause
  reviewed "connections/$1.env" "${NEEDS[$1]}" "${file%/*}"
  export HPCGEN_RUN_DIR=${RUN} # a copy cannot tell it from where it lies
  [[ " ${HPCGEN_JOBS:-}" =~ " $1="([0-9]+) ]]
  job=${BASH_REMATCH[1]:-none} # the one that was submitted together with us
  ended=${RUN}/$1/${job}/ended
  # shellcheck source=/dev/null
  until . "${file}" 2>"${HERE}/missing"; do # 1: there is no endpoint yet; 2: its job does not run
    pause=$(($? == 2 ? 30 + RANDOM % 10 : 2)) # Slurm is not to be asked more often than that
    if [[ -e ${ended} ]]; then # and Slurm may start it again
      [[ $(squeue --noheader --jobs="${job}" 2>/dev/null) ]] ||
        die 75 "$1 will not come: $(<"${ended}")"
      pause=10
    fi
    ((SECONDS < deadline)) || die 75 "no $1 after $2 s: $(<"${HERE}/missing")"
    sleep "${pause}" &
    PID=$!
    wait "${PID}" # a signal ends a wait at once, a sleep only when it is over
  done
  cp -f -- "${RUN}/$1/current/endpoint" "${file%.env}.endpoint"
  log "connected to $1"
}
