#!/bin/bash
# For llm: pulls the model llama3.2:latest.
# Made by hpcgen, do not edit: change everything.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
NAME='llm'
IMAGE="${HOME}/containers/ollama_0.18.2.sif"
CONTAINER=(apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --nv)
MODEL=llama3.2:latest
MODELS="${HOME}/.ollama/models"
PULL_TIMEOUT=1800

log() { printf '%(%FT%T%z)T %s\n' -1 "$*"; }
die() { REASON=${*:2}; log "FATAL: ${REASON}"; exit "$1"; }

listeners() { # PORT: the inode of each socket of this node that listens on it
  awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && $2 ~ port "$" { print $10 }' /proc/net/tcp{,6}
}
is_ours() { # PORT [PID]: all processes that listen on it descend from PID, else from this script
  local fds inode pid=0 me=${2:-$$}
  fds=$(ls -l /proc/[0-9]*/fd 2>/dev/null)
  for inode in $(listeners "$1"); do
    pid=$(awk -F/ -v s="socket:[${inode}]" '/^\//{p=$3} index($0, s){print p; exit}' <<<"${fds}")
    while ((${pid:=0} && pid != me)); do pid=$(awk '/^PPid/ {print $2}' "/proc/${pid}/status"); done
    ((pid)) || break
  done
  ((pid)) || { echo "no process of this job listens on port $1"; return 1; }
}

probe() { # Ollama lists the models that it has; prints what it said instead
  local answer
  answer=$(curl --noproxy '*' -sS --max-time 5 "http://${IP}:${PORT}/api/tags" 2>&1)
  [[ ${answer} == '{"models":'* ]] || { echo "GET /api/tags: ${answer:0:200}"; return 1; }
}

if (($#)); then
  echo "usage: bin/fetch-${NAME}.sh
Pulls ${MODEL} into ${MODELS}, where it is not there yet, by an Ollama that runs on this node for as
long as that takes, on loopback. Needs the Internet, by HTTPS_PROXY where that is set."
  [[ $1 == -h || $1 == --help ]] && exit 0
  exit 64
fi
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
[[ -e ${IMAGE} ]] || die 78 "there is no image ${IMAGE}; get it with bin/pull-images.sh"
mkdir -p -- "${MODELS}" || die 73 "cannot write ${MODELS}"
NODE_DIR=$(mktemp -d) && HOLDER=login.$(uname -n).$$
PID='' IP=127.0.0.1 PORT=$((20000 + RANDOM % 10000))
# shellcheck disable=SC2329 # the EXIT trap calls it
stop() {
  [[ ${PID} ]] && kill "${PID}" 2>/dev/null && wait "${PID}"
  [[ $(readlink -- "${MODELS}/.pulling") == "${HOLDER}" ]] && rm -f -- "${MODELS}/.pulling"
  rm -rf -- "${NODE_DIR}"
}
trap stop EXIT
trap 'exit 143' TERM INT HUP
"${CONTAINER[@]}" --bind "${NODE_DIR}:/tmp" --bind "${MODELS}:/models" "${IMAGE}" env HOME=/tmp \
  OLLAMA_HOST="${IP}:${PORT}" OLLAMA_MODELS=/models OLLAMA_NOPRUNE=1 \
  HTTPS_PROXY="${HTTPS_PROXY:-${https_proxy:-}}" ollama serve >"${NODE_DIR}/log" 2>&1 &
PID=$!
until is_ours "${PORT}" >/dev/null && probe >/dev/null; do
  kill -0 "${PID}" 2>/dev/null || { tail -n 5 -- "${NODE_DIR}/log"; die 69 "Ollama has ended"; }
  sleep 0.5
done
while read -r STATUS SAID && log "${SAID}" && [[ ${STATUS} == - ]]; do :; done < <(
  bash "${BUNDLE}/services/${NAME}/model.sh" "http://${IP}:${PORT}" "${MODELS}" "${HOLDER}" \
    "${MODEL}" pull "${PULL_TIMEOUT}"
)
exit "${STATUS:-69}"
