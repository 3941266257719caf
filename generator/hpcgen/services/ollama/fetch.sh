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
