# [around.sh.j2]
#   = envs
#   if part.fleet is none and part.is_scraped
# [lib/target.sh]
# [lib/generated.sh]
# [lib/web-config.sh]
# [lib/exporter.sh]
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
#   if part.sidecars
#   = "${RUN}/secrets/.exporters.password"
#   = SCRAPING … "${RUN}/secrets/.exporters.password"
#   = "${SCRAPING}"
  sed -n 's/^  \(prometheus: \)/\1/p' "${HERE}/exporter/web.yml" | tr -d ' ' >"${HERE}/exporter/htpasswd"
  # [around.sh.j2]
  #   for sidecar in part.sidecars
  #   = node 9100 9101 9102 9103 9104
  #   = cadvisor 8085
  #   if part.is_scraped
