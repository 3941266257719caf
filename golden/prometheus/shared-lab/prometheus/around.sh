# [around.sh.j2]
#   = prometheus
#   if part.fleet is none and part.is_scraped
# [lib/web-config.sh]
# [lib/target.sh]
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
# [around.sh.j2]
#   if part.is_scraped
#   for job, address in part.targets.items()
#   = prometheus "${IP}:${PORT}"
#   if part.meanwhile
#   = forget_ended
