#!/bin/bash -p
# For llm: pulls the model llama3.2:latest.
# Made by hpcgen, do not edit: change everything.yaml, then run `hpcgen build`.
set +ex -uo pipefail
# What the submitting shell exports must not change what this script does. It begins anew without
# the variables that bash, Slurm's commands and the tools below obey, and without its functions.
UNSET=()
while IFS='' read -r -d '' VARIABLE; do
  case ${VARIABLE%%=*} in
    'BASH_FUNC_module%%' | 'BASH_FUNC_ml%%' | 'BASH_FUNC__module_raw%%') continue ;;
    SQUEUE_* | SCANCEL_* | SCONTROL_* | SINFO_* | SACCT_* | SLURM_TIME_FORMAT | \
      SLURM_BITSTR_LEN | SLURM_TOPO_LEN | SLURM_CONF_OUT | SLURM_JSON | SLURM_YAML | \
      SLURM_DEBUG_FLAGS | SLURM_MUNGE_AUTH_FAIL_TEST | SLURM_CONFIG_FETCH | \
      ABORT_ON_FATAL | SLURM_EXIT_ERROR | SLURM_EXIT_IMMEDIATE | \
      SRUN_*) ;; # Slurm's commands
    BASH_ENV | ENV | CDPATH | GLOBIGNORE | TMOUT | FUNCNEST | BASH_COMPAT | \
      PIPESTATUS | DIRSTACK | BASH_CMDS | BASH_ALIASES | PS4 | TIMEFORMAT | SHELLOPTS | \
      BASHOPTS | BASH_FUNC_* | EUID | UID | GROUPS | FUNCNAME | BASH_SOURCE | \
      BASH_LINENO | BASH_ARGV0 | SECONDS | BASH_XTRACEFD) ;; # bash
    POSIXLY_CORRECT | _POSIX2_VERSION | LD_PRELOAD | LD_AUDIT | LD_ASSUME_KERNEL | \
      LD_HWCAP_MASK | LD_ORIGIN_PATH | LD_SHOW_AUXV | LD_DEBUG* | LD_PROFILE* | \
      LD_VERBOSE | LD_WARN | LD_BIND_NOT | LD_DYNAMIC_WEAK | LD_USE_LOAD_BIAS | \
      LD_TRACE_PRELINKING | HOSTALIASES | LOCALDOMAIN | RES_OPTIONS | \
      RESOLV_*) ;; # the C library, so every program
    QUOTING_STYLE | TIME_STYLE | TABSIZE | BLOCK_SIZE | BLOCKSIZE | DF_BLOCK_SIZE | \
      DU_BLOCK_SIZE | LS_BLOCK_SIZE | FIND_BLOCK_SIZE | __GNU_FINDUTILS_* | \
      GNU_FINDUTILS_* | GREP_* | DEB_GREP_* | AWK* | GAWK_* | DGAWK_* | MAWK* | \
      PMA_VERBOSITY | WHINY_USERS | TIDYMEM | INT_CHAIN_MAX | STR_CHAIN_MAX | CURL_* | \
      SSLKEYLOGFILE | QLOGDIR | PERL5OPT | PERL5DB | PERLIO* | PERL_UNICODE | \
      APPTAINER* | SINGULARITY* | _APPTAINER_* | GODEBUG | \
      GOTRACEBACK) ;; # the tools below, and the container's runtime
    *) continue ;;
  esac
  UNSET+=("--unset=${VARIABLE%%=*}")
done <"/proc/$$/environ"
if [[ $- != *p* || ${UNSET[*]} ]] && [[ -f $0 ]]; then
  exec env "${UNSET[@]}" /bin/bash -p "$0" "$@"
fi
export LC_ALL=C
if [[ ! ${HOME:-} ]]; then
  unset HOME # bash then looks it up
  export HOME=~
fi
export USER="${USER:-$(id -un)}"
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

listening_processes() { # PORT: who holds each of these sockets; 0: nobody of ours
  local files inode
  files=$(ls -l /proc/[0-9]*/fd 2>/dev/null)
  for inode in $(listeners "$1"); do
    awk -F/ -v socket="socket:[${inode}]" '
      /^\// { pid = $3 }
      index($0, socket) { found = pid; exit }
      END { print found + 0 }' <<<"${files}"
  done
}

descends_from() { # PID ANCESTOR
  local pid=$1
  while ((${pid:-0} > 0 && pid != $2)); do
    pid=$(awk '/^PPid:/ { print $2 }' "/proc/${pid}/status" 2>/dev/null)
  done
  ((${pid:-0} == $2))
}

is_ours() { # PORT [PID]: all processes that listen on it descend from PID, else from this script
  local pid processes
  processes=$(listening_processes "$1")
  for pid in ${processes:-0}; do
    if ! descends_from "${pid}" "${2:-$$}"; then
      echo "no process of this job listens on port $1"
      return 1
    fi
  done
}

probe() { # Ollama lists the models that it has; prints what it said instead
  local answer
  answer=$(curl --disable --noproxy '*' -sS --max-time 5 "http://${IP}:${PORT}/api/tags" 2>&1)
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
