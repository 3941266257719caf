#!/bin/bash -p
# beside-replicas: an OpenEnv server, started by the job beside.
# Made by hpcgen, do not edit: change placement.yaml, then run `hpcgen build`.
# ==== 1. resources ================================================================================
# Those of the job that starts this script.
# ==== 2. environment ==============================================================================
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
trap 'exit 0' USR1 # until there is something to stop
trap 'exit 143' TERM INT
umask 077
export SLURM_EXPORT_ENV=ALL
unset EXPORTERS LIMITER NODE_DIR OWNER PID PROGRAM REASON
HOSTNAME=$(uname -n) # what the login node exported came along
REPLICA=${1:-} # none where Slurm starts this script, which then starts itself on each node
log() { printf '%(%FT%T%z)T %s%s\n' -1 "${REPLICA:+replica ${REPLICA} on ${HOSTNAME}: }" "$*"; }
die() { REASON=${*:2}; log "FATAL: ${REASON}"; exit "$1"; }
MODULE_INIT="/etc/profile.d/lmod.sh"

[[ -r ${MODULE_INIT} ]] || MODULE_INIT=${MODULESHOME:-/usr/share/lmod/lmod}/init/bash
if [[ -r ${MODULE_INIT} ]]; then # defines the function `module`
  set +u
  command . "${MODULE_INIT}"
  set -u
fi
module --force purge
module load env/release/2023.1 Apptainer/1.3.1-GCCcore-12.3.0 ||
  die 78 "cannot load these modules of the site"
# ==== 3. containers ===============================================================================
DEPLOYMENT='placement'
NAME='beside-replicas'
RUN_ROOT="${HOME}"
IMAGE="/images/burtenshaw-openenv-benchmark_latest.sif"
CONTAINER=(apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd /)
LOG_LIMIT=1073741824
WORKERS=${WORKERS:-"${SLURM_CPUS_PER_TASK:-1}"}
MAX_CONCURRENT_ENVS=${MAX_CONCURRENT_ENVS:-100}
PORT=${PORT:-8000}
TUNNEL="ssh ${USER}@login"
PORTS=("${PORT}" 8001 8002 8003 8004)
NODE_LIST="${SLURM_JOB_NODELIST:-}"
FIRST=0
REPLICAS=${HPCGEN_REPLICAS:-4}
PER_NODE=1
MIN_HEALTHY=1
MAX_RESTARTS=3
ON_REPLICA=(srun --overlap --nodes 1 --ntasks 1 --cpus-per-task "${HPCGEN_REPLICA_CPUS:-48}" --mpi
  none)
PROCESSES="${WORKERS}"
READY_TIMEOUT=60
GRACE=5
HEALTH_INTERVAL=30
INTERFACE=eth0
PROBE_PATH=/health
export APPTAINERENV_MAX_CONCURRENT_ENVS="${MAX_CONCURRENT_ENVS}"
# ==== 4. execution ================================================================================
# [lib/cluster.sh]

# [lib/job-state.sh]

# [lib/guard.sh]

# [lib/listeners.sh]

# [lib/limit-logs.sh]

# [lib/leftovers.sh]

configure() { # each session of a process is a descriptor, and it has others
  local wanted=${MAX_CONCURRENT_ENVS}
  wanted=$((wanted + 1024))
  [[ $(ulimit -Sn) == unlimited || $(ulimit -Sn) -ge ${wanted} ]] && return
  ulimit -Sn "${wanted}" 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
}
# [lib/probe-http.sh]
# [lib/publish-replica.sh]

# [lib/tend.sh]

# shellcheck disable=SC2329 # traps call it
finish() { # STATUS: the one way out: withdraw the endpoint, stop the service, say how it ended
  trap - EXIT
  trap '' TERM INT USR1
  local status=$1 deadline=$((SECONDS + GRACE))
  rm -f -- "${HERE}/endpoint"
  mapfile -d ' ' -t CHILDREN < <(cat "/proc/${PID:-none}/task/"*/children 2>/dev/null)
  kill -TERM "${PID:-}" 2>/dev/null
  while kill -0 "${PID:-}" 2>/dev/null && ((SECONDS < deadline)); do
    sleep 0.2
  done
  kill -KILL "${PID:-}" "${CHILDREN[@]}" 2>/dev/null && log "killed after ${GRACE} s"
  [[ ${status} == @(69|75) ]] && tail -n 20 "${HERE}/${NAME}.log" | cut -c1-200
  kill "${LIMITER:-}" 2>/dev/null
  log "exit ${status}: ${REASON:-}" | tee -- "${HERE}/ended"
  rm -rf -- "${NODE_DIR:-}" # after that word: an unpacked image may take longer than Slurm waits
  exit "${status}"
}

# [lib/deployment.sh]

# [lib/steps.sh]
make_current() { # the service is known by the job of its replicas
  ln -sT -- "${SLURM_JOB_ID}" "${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/../current"
}
# [lib/replicas.sh]

# What is this job's own, and what outlives it.
NONCE=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
HERE=${RUN}/${NAME}/${SLURM_JOB_ID}/replicas/${REPLICA}
mkdir -p -- "${HERE}/etc" || die 73 "cannot write ${HERE}"
rm -rf -- "${HERE}"/{endpoint,ended,slurm-state,unhealthy} # of an earlier start
trap 'finish $?' EXIT
trap 'REASON="asked to end"; finish 0' USR1
trap 'REASON=terminated; finish 143' TERM INT # an exit would cut an EXIT trap short
[[ ${WORKERS} =~ ^[1-9][0-9]{0,3}$ && ${WORKERS} -le 4096 ]] ||
  die 78 "WORKERS=${WORKERS@Q} is not a whole number from 1 to 4096"
[[ ${WORKERS} == "${SLURM_CPUS_PER_TASK:-1}" ]] ||
  log "WORKERS=${WORKERS} instead of ${SLURM_CPUS_PER_TASK:-1}"
[[ ${MAX_CONCURRENT_ENVS} =~ ^[1-9][0-9]{0,6}$ && ${MAX_CONCURRENT_ENVS} -le 1000000 ]] ||
  die 78 "MAX_CONCURRENT_ENVS=${MAX_CONCURRENT_ENVS@Q} is not a whole number from 1 to 1000000"
[[ ${MAX_CONCURRENT_ENVS} == 100 ]] ||
  log "MAX_CONCURRENT_ENVS=${MAX_CONCURRENT_ENVS} instead of 100"
[[ ${PORT} =~ ^[1-9][0-9]{0,4}$ && ${PORT} -ge 1024 && ${PORT} -le 65535 ]] ||
  die 78 "PORT=${PORT@Q} is not a whole number from 1024 to 65535"
[[ ${PORT} == 8000 ]] || log "PORT=${PORT} instead of 8000"
[[ -e ${IMAGE} ]] || die 78 "there is no image ${IMAGE}; get it with bin/pull-images.sh"
limit_logs &
LIMITER=$!

IP=$(ip -o -4 address show dev "${INTERFACE}" | awk '{ sub("/.*", "", $4); print $4; exit }')
[[ ${IP} ]] || die 78 "${HOSTNAME} has no IPv4 address on ${INTERFACE}"
NODE_DIR=$(mktemp -d -t "hpcgen.${SLURM_JOB_ID}.XXXXXX") || die 73 "cannot write ${TMPDIR:-/tmp}"
remove_leftovers &
BINDS=(--bind "${NODE_DIR}:/tmp")
guard &
for PORT in "${PORTS[@]}" ''; do
  [[ ${PORT} ]] || die 71 "none of the ports ${PORTS[*]} is free on ${HOSTNAME}"
  [[ $(listeners "${PORT}") ]] && log "port ${PORT} is taken" && continue
  COMMAND=(python3 -m uvicorn benchmark.server.app:app --host "${IP}" --port "${PORT}" --workers
    "${WORKERS}" --no-access-log --no-server-header --timeout-graceful-shutdown 2)
  export APPTAINERENV_PORT="${PORT}"
  configure
  { trap '' USR1 && exec "${CONTAINER[@]}" "${BINDS[@]}" "${IMAGE}" "${COMMAND[@]}"; } \
    >>"${HERE}/${NAME}.log" 2>&1 & # Slurm tells every process of a step
  PID=$! DEADLINE=$((SECONDS + READY_TIMEOUT))
  until MISSING=$(is_ours "${PORT}" && probe) 2>/dev/null; do
    kill -0 "${PID}" 2>/dev/null || break
    still_have_files
    ((SECONDS < DEADLINE)) || die 75 "not ready after ${READY_TIMEOUT} s: ${MISSING}"
    sleep 0.5
  done
  kill -0 "${PID}" 2>/dev/null && break
  [[ $(listeners "${PORT}")$(tail "${HERE}/${NAME}.log" | grep -i 'already in use') ]] &&
    log "port ${PORT} was lost to another process" && continue
  wait "${PID}"; die 69 "${NAME} exited with $? before it was ready"
done
publish || die 73 "cannot write ${HERE}"
log "ready"
begin_tending
# [lib/supervise-service.sh]
