# [around.sh.j2]
#   = large
#   if part.fleet is none and part.is_scraped
# [lib/target.sh]
# [lib/generated.sh]
# [lib/web-config.sh]
# [lib/exporter.sh]
# [lib/on-each-node.sh]
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
#   if part.node_targets
#   for address in addresses
  # [lib/address-of-interface.sh]
# [around.sh.j2]
#   for address in addresses
#   if part.is_scraped
#   for job, address in part.targets.items()
#   = large "${IP}:${PORT}"
#   for job, port in part.node_targets.items()
#   = large.ray 8090
#   if part.sidecars
#   = "${RUN}/secrets/.exporters.password"
#   = SCRAPING … "${RUN}/secrets/.exporters.password"
#   = "${SCRAPING}"
#   if sidecar.address
#   for sidecar in part.sidecars
#   = node 9100 9101 9102 9103 9104
#   if addresses
