log() { printf '%(%FT%T%z)T %s: %s\n' -1 "${NAME:-job}" "$*"; }
die() { REASON=${*:2}; log "FATAL: ${REASON}"; exit "$1"; }
