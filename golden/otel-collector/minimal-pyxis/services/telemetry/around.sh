# What is done around telemetry: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
REPLICA=0 # the only one
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
generated() { # FILE: a secret that is made once for the deployment; of several writers one wins
  mkdir -p -- "${1%/*}" && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$1.${NONCE}"
  ln -T -- "$1.${NONCE}" "$1" 2>/dev/null; rm -f -- "$1.${NONCE}"
}
target() { # JOB ADDRESS: have Prometheus scrape it there, until `finish` withdraws it
  local file=${RUN}/targets/$1@${SLURM_JOB_ID}.${REPLICA:-0}.${HOSTNAME} labels
  labels=$(printf '"%s": "%s", ' deployment "${DEPLOYMENT}" service "${NAME}" \
    job_id "${SLURM_JOB_ID}" node "${HOSTNAME}")
  { mkdir -p -- "${file%/*}" &&
    printf '[{"targets": ["%s"], "labels": {%s"replica": "%s"}}]\n' "$2" "${labels}" \
      "${REPLICA:-0}" >"${file}.new" && mv -T -- "${file}.new" "${file}.json"; } ||
    log "Prometheus cannot be told of $1"
}
takes_otlp() { # PORT of its health check: it works, and takes what who has our token sends, alone
  local ask=(curl --noproxy '*' --silent --max-time 5 --output /dev/null --write-out '%{http_code}')
  local url=http://${IP}:${PORT}/v1/metrics said
  said="$("${ask[@]}" "http://${IP}:$1/") "
  ask+=(--header 'Content-Type: application/json' --data '{}' "${url}")
  said+="$("${ask[@]}" --config - <<<"header = \"Authorization: Bearer ${TOKEN}\"") "
  said+=$("${ask[@]}")
  [[ ${said} == '200 200 401' ]] || { echo "health check and OTLP answer ${said}"; return 1; }
}
accompany() { # the service is ready: have it scraped, and its exporters run
  target telemetry "${IP}:8888"
}
