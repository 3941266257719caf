# --- while the service runs: what can go wrong beside the end of its program ----------------------
MISSED=0 # how often in a row the files of this job were not there

begin_tending() {
  SERVER='' GONE='' # the process that listens, since when there is none
  HEALTH='' CHECK='' FAILURES=0 NEXT_CHECK=$((SECONDS + HEALTH_INTERVAL))
  printf '%-200s\n' '' >"${HERE}/.unhealthy" # space for what a full disk could not take any more
}

tend() { # is called about twice a second
  still_have_files
  still_listens
  [[ ${HEALTH_INTERVAL} == 0 ]] || check_health
}

still_have_files() { # nobody has removed the directory of this job, nor its hold on kept data
  if [[ -d ${HERE}/etc && (! ${OWNER:-} || -d ${DATA:-}/.owner/${OWNER:-}) ]]; then
    MISSED=0
    return
  fi
  MISSED=$((MISSED + 1)) # a network file system may have lost it for a moment
  ((MISSED < 10)) || die 73 "${HERE}${OWNER:+, or its hold on ${DATA},} was removed while it ran"
}

still_listens() { # else the endpoint is withdrawn at once: its container may yet take long to end
  [[ ${SERVER} && -e /proc/${SERVER}/exe ]] && return
  if is_ours "${PORT}" "${PROGRAM:-$$}" >/dev/null; then
    SERVER=$(listening_processes "${PORT}" | head -n 1)
    [[ ! ${GONE} ]] || publish
    GONE=''
    return
  fi
  if [[ ! ${GONE} ]]; then
    GONE=${SECONDS} SERVER=''
    rm -f -- "${HERE}/endpoint"
    log "nothing listens on port ${PORT} any more; the endpoint is withdrawn"
  fi
  ((SECONDS - GONE <= GRACE)) || die 69 "${NAME} stopped listening on port ${PORT}"
}

check_health() { # by the probe that has proved it ready, beside everything else
  local answer
  if [[ ! ${CHECK} ]]; then
    ((SECONDS < NEXT_CHECK)) && return
    exec {HEALTH}< <(probe 2>/dev/null </dev/null && echo healthy)
    CHECK=$!
  elif ! kill -0 "${CHECK}" 2>/dev/null; then
    answer=$(cat <&"${HEALTH}")
    exec {HEALTH}<&-
    CHECK='' NEXT_CHECK=$((SECONDS + HEALTH_INTERVAL))
    if [[ ${answer} == *healthy ]]; then note_health; else note_failure "${answer}"; fi
  fi
}

note_health() {
  FAILURES=0
  [[ -e ${HERE}/unhealthy ]] || return
  mv -T -- "${HERE}/unhealthy" "${HERE}/.unhealthy"
  log "healthy again"
}

note_failure() { # WHY: the third in a row is told, in a file that was written while there was space
  FAILURES=$((FAILURES + 1))
  ((FAILURES == 3)) || return
  printf '%-200s\n' "${1:0:200}" 1<>"${HERE}/.unhealthy"
  mv -T -- "${HERE}/.unhealthy" "${HERE}/unhealthy"
  log "unhealthy: ${1:-the probe says nothing}"
}
