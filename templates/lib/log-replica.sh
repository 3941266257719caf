REPLICA=${1:-} # none where Slurm starts this script, which then starts itself on each node
log() { printf '%(%FT%T%z)T %s%s\n' -1 "${REPLICA:+replica ${REPLICA} on ${HOSTNAME}: }" "$*"; }
die() { REASON=${*:2}; log "FATAL: ${REASON}"; exit "$1"; }
