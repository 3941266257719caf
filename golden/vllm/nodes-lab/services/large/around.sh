# What is done around large: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
REPLICA=0 # the only one
# [lib/target.sh]
# [lib/generated.sh]
# [lib/web-config.sh]
# [lib/exporter.sh]
# [lib/on-each-node.sh]
node_exporter() { # PORT: the load, memory, disks and network of its node
  unset "${!APPTAINERENV_@}" # what the service is told, its secrets among it
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" --bind "${TMPDIR:-/tmp}:/node/tmp:ro" \
    "/images/node-exporter_v1.9.1.sif" node_exporter --web.listen-address="${IP}:$1" \
    '--web.config.file=/run/exporter/web.yml' '--log.level=warn' --no-collector.systemd \
    "--collector.filesystem.mount-points-exclude=^/\$|^/[^n]"
}
target_here() { # JOB PORT: have Prometheus scrape this node there
  target "$1" "${IP}:$2"
}
find_address() {
  IP=$(ip -o -4 address show dev "${INTERFACE}" | awk '{ sub("/.*", "", $4); print $4; exit }')
  [[ ${IP} ]] || die 78 "${HOSTNAME} has no IPv4 address on ${INTERFACE}"
}
accompany() { # the service is ready: have it scraped, and its exporters run
  target large "${IP}:${PORT}"
  on_each_node target_here large.ray 8090 &
  generated "${RUN}/secrets/.exporters.password"
  SCRAPING=$(<"${RUN}/secrets/.exporters.password")
  web_config "${HERE}/exporter/web.yml" <<<"${SCRAPING}" || return
  on_each_node exporter node 9100 9101 9102 9103 9104 & EXPORTERS+=("$!")
}
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then # on_each_node has started it, on one node
  find_address && "$@"
fi
