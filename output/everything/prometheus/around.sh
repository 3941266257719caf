# What is done around metrics: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
REPLICA=0 # the only one
web_config() { # FILE: web.yml, by which a program asks user prometheus for the password on stdin
  local hash password salt
  read -r password
  salt=\$2b\$10\$$(od -An -N11 -tx1 /dev/urandom | tr -d ' \n')
  hash=$(htpasswd -niBC 10 prometheus 2>/dev/null <<<"${password}" ||
    perl -e 'chomp($p = <STDIN>); print crypt($p, $ARGV[0])' "${salt}" <<<"${password}")
  [[ ${hash} == *\$2[aby]\$10\$* ]] && mkdir -p -- "${1%/*}" &&
    printf '%s\n' 'basic_auth_users:' "  prometheus: ${hash#*:}" >"$1" && return
  log "no $1: it takes htpasswd, or perl with bcrypt, on ${HOSTNAME}"
  return 1
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
generated() { # FILE: a secret that is made once for the deployment; of several writers one wins
  mkdir -p -- "${1%/*}" && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$1.${NONCE}"
  ln -T -- "$1.${NONCE}" "$1" 2>/dev/null; rm -f -- "$1.${NONCE}"
}
exporter() { # NAME PORT...: run it on the first that is free, and have Prometheus scrape it
  local i name=$1 pid=${HERE}/$1-exporter.${HOSTNAME}.pid port program
  for port in "${@:2}"; do
    [[ $(listeners "${port}") ]] && continue
    "${name}_exporter" "${port}" >>"${HERE}/${name}-exporter.log" 2>&1 &
    for ((i = 0; i < 120; i++)); do
      sleep 0.5
      kill -0 "$!" 2>/dev/null || break
      program=$(cat -- "${pid}" 2>/dev/null || echo "$!")
      is_ours "${port}" "${program}" >/dev/null && target "${NAME}.${name}" "${IP}:${port}" && break
    done
    wait "$!" # it stays a target, and Prometheus finds it down
    log "the exporter ${name} on ${HOSTNAME} has ended with $?, and ${NAME} goes on without it"
    return
  done
  log "no exporter ${name}: none of the ports ${*:2} is free on ${HOSTNAME}"
}
answers() { # the status with which Prometheus says that it is ready: to who knows us, to anybody
  local ask=(curl --disable --noproxy '*' --silent --max-time 5 --output /dev/null)
  ask+=(--write-out '%{http_code}')
  local url=http://${IP}:${PORT}/-/ready
  echo "$("${ask[@]}" "${url}" --config - <<<"user = \"prometheus:${PASSWORD}\"")" \
    "$("${ask[@]}" "${url}")"
}
forget_ended() { # once a minute: the targets of jobs that were killed before they withdrew them
  local file files job queue
  while :; do
    files=("${RUN}"/targets/*@*.json) # before Slurm is asked: no later job has written these
    queue=$(slurm_jobs --me) || files=()
    for file in "${files[@]}"; do
      job=${file##*@}
      job=${job%%.*}
      [[ $(job_state "=${job}" '' "${queue}") == ended* ]] || continue
      rm -f -- "${file}"
      log "forgot ${file##*/}: job ${job} has ended"
    done
    sleep $((60 + RANDOM % 5))
  done
}
leave() { # keep what was measured: the node forgets it
  local kept=${RUN}/tsdb/${NAME}/${SLURM_JOB_ID} seconds=$((deadline - SECONDS))
  [[ -d ${NODE_DIR:-}/tsdb/wal ]] || return
  { mkdir -p -- "${kept%/*}" && rm -rf -- "${kept}.new" "${kept}" &&
    timeout --kill-after=1 "$((seconds > 0 ? seconds : 1))" \
      cp -r -- "${NODE_DIR}/tsdb" "${kept}.new" && mv -T -- "${kept}.new" "${kept}" &&
    log "the samples are in ${kept}"; } || log "the samples are lost: no time to copy, or no space"
}
results_exporter() { # PORT: what the clients of the deployment tell of their runs
  unset "${!APPTAINERENV_@}" # what the service is told, its secrets among it
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" --bind "${RUN}/results:/results:ro" \
    "${HOME}/containers/node-exporter_v1.9.1.sif" node_exporter --web.listen-address="${IP}:$1" \
    '--web.config.file=/run/exporter/web.yml' '--log.level=warn' --collector.disable-defaults \
    --collector.textfile '--collector.textfile.directory=/results/*/*'
}
accompany() { # the service is ready: have it scraped, and its exporters run
  target metrics "${IP}:${PORT}"
  generated "${RUN}/secrets/.exporters.password"
  SCRAPING=$(<"${RUN}/secrets/.exporters.password")
  web_config "${HERE}/exporter/web.yml" <<<"${SCRAPING}" || return
  mkdir -p -- "${RUN}/results"
  exporter results 9131 9132 9133 9134 9135 & EXPORTERS+=("$!")
  forget_ended &
}
