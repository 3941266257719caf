answers() { # the status with which Prometheus says that it is ready: to who knows us, to anybody
  local ask=(curl --noproxy '*' --silent --max-time 5 --output /dev/null --write-out '%{http_code}')
  local url=http://${IP}:${PORT}/-/ready
  echo "$("${ask[@]}" "${url}" --config - <<<"user = \"prometheus:${PASSWORD}\"")" \
    "$("${ask[@]}" "${url}")"
}
leave() { # keep what was measured: the node forgets it
  local kept=${RUN}/tsdb/${NAME}/${SLURM_JOB_ID} seconds=$((deadline - SECONDS))
  [[ -d ${NODE_DIR:-}/tsdb/wal ]] || return
  { mkdir -p -- "${kept%/*}" && rm -rf -- "${kept}.new" "${kept}" &&
    timeout --kill-after=1 "$((seconds > 0 ? seconds : 1))" \
      cp -r -- "${NODE_DIR}/tsdb" "${kept}.new" && mv -T -- "${kept}.new" "${kept}" &&
    log "the samples are in ${kept}"; } || log "the samples are lost: no time to copy, or no space"
}
