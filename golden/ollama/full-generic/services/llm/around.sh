# [around.sh.j2]
#   = llm
#   if part.fleet is none and part.is_scraped
# [lib/target.sh]
# [lib/generated.sh]
# [lib/web-config.sh]
# [lib/exporter.sh]
# [around.sh.j2]
#   for sidecar in part.sidecars
#   = dcgm … the NVIDIA GPUs of its node
#   = APPTAINERENV_
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --nv --bind \
    "${HERE}/exporter:/run/exporter:ro" \
    "${HOME}/containers/dcgm-exporter_4.2.3-4.1.3-ubuntu22.04.sif" dcgm-exporter \
    --address="${IP}:$1" '--web-config-file=/run/exporter/web.yml'
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
  #   = dcgm 19400
  #   = cadvisor 18081
  #   if part.is_scraped
