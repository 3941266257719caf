#!/bin/bash
# One client on its node: start it, register it once it listens, and note how it ended.
set -uo pipefail
GROUP=$1 PORT=$2 PATIENCE=$3 HERE=$4 RESULTS=$5 INTERFACE=$6
shift 6
HOSTNAME=$(uname -n) ADDRESS='' PID='' ASKED=''
ENDED=${HERE}/registered/.${HOSTNAME}.status
exec >>"${HERE}/${HOSTNAME}.log" 2>&1 </dev/null
log() { printf '%(%FT%T%z)T %s\n' -1 "$*"; }
die() { # the first node that fails says why the job does
  log "FATAL: ${*:2}"
  (set -C && printf '%s %s %s\n' "$1" "${HOSTNAME}" "${*:2}" >"${HERE}/failed") 2>/dev/null
  exit "$1"
}
status() { # of the client: 143 where it never started, 137 where it was killed
  [[ ${PID} ]] || echo 143
  [[ ! ${PID} ]] || cat -- "${ENDED}" 2>/dev/null || echo 137
}
finish() { # end the client, and leave this node's result
  local status=$? left=50
  trap - EXIT && trap '' TERM INT
  [[ ${PID} ]] && kill -TERM -- "-${PID}" 2>/dev/null
  while [[ ${PID} ]] && kill -0 -- "-${PID}" 2>/dev/null; do
    ((left--)) || kill -KILL -- "-${PID}" # 5 s are enough
    sleep 0.1
  done
  printf '{ "node": "%s", "client_address": "%s", "status": %d, "asked_to_end": %s }\n' \
    "${HOSTNAME}" "${ADDRESS}" "$(status)" "${ASKED:-false}" >"${RESULTS}/.${HOSTNAME}"
  mv -T -- "${RESULTS}/.${HOSTNAME}" "${RESULTS}/${HOSTNAME}.json"
  log "exit ${status}"
  exit "${status}"
}
trap finish EXIT
trap 'ASKED=true; exit 0' TERM INT
# shellcheck source=/dev/null
. "${HERE}/bundle/listeners.sh"
if [[ ${INTERFACE} ]]; then
  IP=$(ip -o -4 address show dev "${INTERFACE}" | awk '{ sub("/.*", "", $4); print $4; exit }')
else
  IP=$(getent ahostsv4 "${HOSTNAME}" | awk '$1 !~ /^127/ { print $1; exit }')
fi
[[ ${IP} ]] || die 78 "no IPv4 address${INTERFACE:+ on ${INTERFACE}}"
ADDRESS=http://${IP}:${PORT}
[[ $(listeners "${PORT}") ]] && die 71 "port ${PORT} is taken"
set -m # the client has a process group, all of which can be asked to end
(
  trap : TERM # what asks the client asks this shell too, and it is to say how the client ended
  "$@"
  echo "$?" >"${ENDED}"
) &
PID=$!
set +m
until is_ours "${PORT}" >/dev/null 2>&1; do
  kill -0 "${PID}" 2>/dev/null ||
    die 69 "the client exited with $(status) before it listened on port ${PORT}"
  ((SECONDS < PATIENCE)) || die 75 "the client does not listen on port ${PORT} after ${PATIENCE} s"
  sleep 0.3 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
done
bash "${HERE}/bundle/ask.sh" POST "${GROUP}/connect" "{\"client_address\": \"${ADDRESS}\"}" 201 \
  "${PATIENCE}" 10 >"${HERE}/registered/.${HOSTNAME}" &
wait "$!" || die "$?" "$(<"${HERE}/registered/.${HOSTNAME}")"
mv -T -- "${HERE}/registered/.${HOSTNAME}" "${HERE}/registered/${HOSTNAME}"
log "registered: $(<"${HERE}/registered/${HOSTNAME}")"
wait "${PID}"
[[ $(status) == 0 ]] || die 69 "the client exited with $(status)"
