# [around.sh.j2]
#   = others
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
    "/images/node-exporter_v1.9.1.sif" node_exporter --web.listen-address="${IP}:$1" \
    '--web.config.file=/run/exporter/web.yml' '--log.level=warn' --no-collector.systemd \
    "--collector.filesystem.mount-points-exclude=^/\$|^/[^n]"
# [around.sh.j2]
#   for sidecar in part.sidecars
#   if part.is_scraped
#   for job, address in part.targets.items()
#   = others "${IP}:${PORT}"
#   if part.sidecars
#   = "${RUN}/secrets/.exporters.password"
#   = SCRAPING … "${RUN}/secrets/.exporters.password"
#   = "${SCRAPING}"
#   = node 9105 9106 9107 9108 9109
