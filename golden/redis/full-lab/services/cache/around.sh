# [around.sh.j2]
#   = cache
#   if part.fleet is none and part.is_scraped
# [lib/target.sh]
# [lib/generated.sh]
# [lib/web-config.sh]
# [lib/exporter.sh]
# [around.sh.j2]
#   for sidecar in part.sidecars
#   = redis … what Redis tells of itself
#   = APPTAINERENV_
#   if sidecar.exporter.variable
#   = APPTAINERENV_REDIS_EXPORTER_BASIC_AUTH_PASSWORD … "${SCRAPING}"
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" "/images/redis_exporter_v1.74.0.sif" /redis_exporter \
    --web.listen-address="${IP}:$1" --redis.addr="redis://${IP}:${PORT}" \
    '--redis.password-file=/run/exporter/redis.json' '--basic-auth-username=prometheus'
# [around.sh.j2]
#   for sidecar in part.sidecars
#   = cadvisor … what each control group of its node uses
#   = APPTAINERENV_
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" --bind "/sys/fs/cgroup:/sys/fs/cgroup:ro" \
    "/images/cadvisor_v0.52.1.sif" cadvisor --listen_ip="${IP}" --port="$1" \
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
  printf '{"redis://%s:%s": "%s"}\n' "${IP}" "${PORT}" "${PASSWORD}" >"${HERE}/exporter/redis.json"
  sed -n 's/^  \(prometheus: \)/\1/p' "${HERE}/exporter/web.yml" | tr -d ' ' >"${HERE}/exporter/htpasswd"
  # [around.sh.j2]
  #   for sidecar in part.sidecars
  #   = redis 9121 9122 9123 9124 9125
  #   = cadvisor 18081
  #   if part.is_scraped
