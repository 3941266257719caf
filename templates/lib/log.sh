log() { printf '%(%FT%T%z)T %s\n' -1 "$*"; }
die() { REASON=${*:2}; log "FATAL: ${REASON}"; exit "$1"; }
