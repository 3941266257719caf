# [around.sh.j2]
#   = prometheus
#   if part.fleet is none and part.is_scraped
# [lib/web-config.sh]
# [lib/target.sh]
# [lib/generated.sh]
# [lib/exporter.sh]
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
#   for sidecar in part.sidecars
#   = node … the load, memory, disks and network of its node
#   = APPTAINERENV_
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" --bind "${TMPDIR:-/tmp}:/node/tmp:ro" \
    "${HOME}/containers/node-exporter_v1.9.1.sif" node_exporter --web.listen-address="${IP}:$1" \
    '--web.config.file=/run/exporter/web.yml' '--log.level=warn' --no-collector.systemd \
    "--collector.filesystem.mount-points-exclude=^/\$|^/[^n]"
# [around.sh.j2]
#   for sidecar in part.sidecars
#   = cadvisor … what each control group of its node uses
#   = APPTAINERENV_
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" --bind "/sys/fs/cgroup:/sys/fs/cgroup:ro" \
    "${HOME}/containers/cadvisor_v0.52.1.sif" cadvisor --listen_ip="${IP}" --port="$1" \
    '--http_auth_file=/run/exporter/htpasswd' '--http_auth_realm=hpcgen' --logtostderr \
    '--docker_only=false' '--housekeeping_interval=10s' '--store_container_labels=false' \
    '--raw_cgroup_prefix_whitelist=/slurm,/system.slice/slurmstepd.scope' \
    '--disable_metrics=advtcp,cpu_topology,hugetlb,memory_numa,percpu,process,referenced_memory,resctrl,sched,tcp,udp'
# [around.sh.j2]
#   for sidecar in part.sidecars
#   if part.is_scraped
#   for job, address in part.targets.items()
#   = prometheus "${IP}:${PORT}"
#   if part.sidecars
#   = "${RUN}/secrets/.exporters.password"
#   = SCRAPING … "${RUN}/secrets/.exporters.password"
#   = "${SCRAPING}"
  sed -n 's/^  \(prometheus: \)/\1/p' "${HERE}/exporter/web.yml" | tr -d ' ' >"${HERE}/exporter/htpasswd"
  # [around.sh.j2]
  #   for sidecar in part.sidecars
  #   = node 9100 9101 9102 9103 9104
  #   = cadvisor 18081
  #   if part.meanwhile
  #   = forget_ended
  #   if part.is_scraped
