#!/bin/bash
# beside-replicas: an OpenEnv server, started by the job beside.
# Made by hpcgen, do not edit: change placement.yaml, then run `hpcgen build`.
# ==== 1. resources ================================================================================
# Those of the job that starts this script.
# ==== 2. environment ==============================================================================
set +ex -uo pipefail
trap 'exit 0' USR1 && trap 'exit 143' TERM INT # until there is something to stop
umask 077
export LC_ALL=C SLURM_EXPORT_ENV=ALL
unset BASH_ENV CDPATH ENV LD_PRELOAD NODE_DIR PID REASON "${!APPTAINER@}" "${!SINGULARITY@}"
HOSTNAME=$(uname -n) # what the login node exported came along
REPLICA=${1:-} # none where Slurm starts this script, which then starts itself on each node
log() { printf '%(%FT%T%z)T %s%s\n' -1 "${REPLICA:+replica ${REPLICA} on ${HOSTNAME}: }" "$*"; }
die() { REASON=${*:2}; log "FATAL: ${REASON}"; exit "$1"; }
# ==== 3. containers ===============================================================================
DEPLOYMENT='placement'
NAME='beside-replicas'
RUN_ROOT="${HOME}"
IMAGE="${HOME}/containers/burtenshaw-openenv-benchmark_latest.sif"
CONTAINER=(apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd /)
WORKERS=${WORKERS:-"${SLURM_CPUS_PER_TASK:-1}"}
MAX_CONCURRENT_ENVS=${MAX_CONCURRENT_ENVS:-100}
PORT=${PORT:-8000}
TUNNEL="ssh ${USER}@${SLURM_SUBMIT_HOST:-login}"
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
READY_TIMEOUT=300
GRACE=25
PROBE_PATH=/health
export APPTAINERENV_MAX_CONCURRENT_ENVS="${MAX_CONCURRENT_ENVS}"
# ==== 4. execution ================================================================================
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
configure() { # each session of a process is a descriptor, and it has others
  local wanted=${MAX_CONCURRENT_ENVS}
  wanted=$((wanted + 1024))
  [[ $(ulimit -Sn) == unlimited || $(ulimit -Sn) -ge ${wanted} ]] && return
  ulimit -Sn "${wanted}" 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
}
probe() { # GET of PROBE_PATH is answered with success; else prints what it was answered with
  local status
  status=$(curl --noproxy '*' --silent --max-time 5 --output /dev/null --write-out '%{http_code}' \
    "http://${IP}:${PORT}${PROBE_PATH}")
  [[ ${status} == 2?? ]] || { echo "GET ${PROBE_PATH} is answered with ${status}"; return 1; }
}
# shellcheck disable=SC2329 # traps call it
finish() { # STATUS: the one way out: withdraw the endpoint, stop the service, say how it ended
  trap - EXIT && trap '' TERM INT USR1
  local status=$1 deadline=$((SECONDS + GRACE))
  rm -f -- "${HERE}/endpoint"
  mapfile -d ' ' -t CHILDREN < <(cat "/proc/${PID:-none}/task/"*/children 2>/dev/null)
  kill -TERM "${PID:-}" 2>/dev/null
  while kill -0 "${PID:-}" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.2; done
  kill -KILL "${PID:-}" "${CHILDREN[@]}" 2>/dev/null && log "killed after ${GRACE} s"
  [[ ${status} == @(69|75) ]] && tail -n 20 "${HERE}/${NAME}.log" | cut -c1-200
  rm -rf -- "${NODE_DIR:-}"
  log "exit ${status}: ${REASON:-}" | tee -- "${HERE}/ended"
  exit "${status}"
}

# A deployment is one bundle and one user. Slurm runs a copy of this script, but knows its path.
[[ ${SLURMD_NODENAME:-} ]] || die 78 "sbatch it, or: srun --overlap -N1 -n1 ${BASH_SOURCE[0]@Q}"
SCRIPT=$(scontrol show job "${SLURM_JOB_ID}" 2>/dev/null | sed -n '/^ *Command=/{s///p;q}')
BUNDLE=${HPCGEN_BUNDLE:-${SCRIPT%/jobs/*}}
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch ]] || BUNDLE=${BASH_SOURCE[0]%/*}/.. # within an allocation
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch ]] || BUNDLE=${SLURM_SUBMIT_DIR:-}
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch || ${HPCGEN_RUN_DIR:-} ]] ||
  die 78 "this is no bundle's script; submit it with: HPCGEN_BUNDLE=DIRECTORY sbatch ..."
ID=$(cd -P -- "${BUNDLE}" 2>/dev/null && printf '%s %s' "${PWD}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}

# srun obeys the SLURM_* it finds, and a job submitted from within another finds that one's too;
# what it passes on must not say that every task is on this node.
export -n HOSTNAME "${!SLURM_@}"
export SLURM_CONF SLURM_EXPORT_ENV SLURM_JOB_ID SLURM_MPI_TYPE SLURM_WORKING_CLUSTER
make_current() { # the service is known by the job of its replicas
  ln -sT -- "${SLURM_JOB_ID}" "${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/../current"
}
start_replica() { # NUMBER: run this script again, as that replica, on its node
  local node=${NODES[($1 - FIRST) / PER_NODE]}
  "${ON_REPLICA[@]}" --nodelist "${node}" bash "${HERE}/script" "$1" </dev/null &
  STEPS[$!]=$1
}
serving() { # the endpoints that there are, one a line
  ls -- "${HERE}"/replicas/*/endpoint 2>/dev/null
}
has_node() { # NODE: it is the job's still; with --no-kill a job goes on without one that has failed
  local nodes
  nodes=$(squeue --noheader --jobs="${SLURM_JOB_ID}" --format=%N 2>/dev/null | paste -sd,)
  [[ ! ${nodes} ]] || scontrol show hostnames "${nodes}" | grep -qxF -- "$1"
}
bury() { # STEP: say how its replica has ended; start that again, or end the job
  local left node number=${STEPS[$1]} status
  node=${NODES[(number - FIRST) / PER_NODE]}
  wait "$1"
  status=$?
  unset "STEPS[$1]"
  rm -f -- "${HERE}/replicas/${number}/endpoint"
  left=$(serving | wc -l)
  log "replica ${number} has ended with ${status}, ${left} of ${REPLICAS} serve"
  [[ ${READY} ]] || die "$((status ? status : 69))" "replica ${number} has ended before all were ready"
  ((left >= MIN_HEALTHY)) || die 69 "${left} replicas serve, and min_healthy is ${MIN_HEALTHY}"
  has_node "${node}" || { log "replica ${number} is given up: ${node} has failed"; return; }
  ((STARTS[number]++ < MAX_RESTARTS)) || die 69 "replica ${number} has died $((STARTS[number])) times"
  start_replica "${number}"
}
publish_first() { # the endpoint of the service is that of the first replica which serves
  local first ip port
  first=$(serving | head -n 1)
  [[ ${first} ]] || { rm -f -- "${HERE}/endpoint"; return; }
  [[ -e ${HERE}/../current/endpoint ]] && cmp -s -- "${first}" "${HERE}/endpoint" && return
  cp -- "${first}" "${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/endpoint" && make_current
  [[ -e ${HERE}/../current/endpoint ]] || die 73 "cannot write ${HERE}"
  [[ ${READY} ]] && return
  READY=yes ip=$(sed -n 's/^HOST=//p' "${first}") port=$(sed -n 's/^PORT=//p' "${first}")
  printf '%s\n' "SLURM_JOB_ID: ${SLURM_JOB_ID}" "HEAD NODE: ${HOSTNAME}" "IP ADDRESS: ${ip}" \
    "SSH TUNNEL: ${TUNNEL} -NL ${port}:${ip}:${port}"
  log "ready: ${REPLICAS} replicas"
}
# shellcheck disable=SC2329 # traps call it
finish_all() { # STATUS: the job's one way out: withdraw, have each replica end in order, say how it ended
  trap - EXIT && trap '' TERM INT USR1
  local status=$1 deadline=$((SECONDS + GRACE + 3))
  rm -f -- "${HERE}/endpoint"
  scancel --signal=USR1 "${SLURM_JOB_ID}" 2>/dev/null # the steps; a TERMed srun would kill its own
  while kill -0 "${!STEPS[@]}" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.2; done
  kill -KILL "${!STEPS[@]}" 2>/dev/null && log "killed what was left of the replicas"
  rm -f -- "${HERE}"/replicas/*/endpoint
  log "exit ${status}: ${REASON:-}" | tee -- "${HERE}/ended"
  exit "${status}"
}

if [[ ! ${REPLICA} ]]; then
  HERE=${RUN}/${NAME}/${SLURM_JOB_ID}
  STEPS=() STARTS=() READY=''
  mkdir -p -- "${HERE}" || die 73 "cannot write ${RUN}"
  chmod 700 -- "${RUN}" || die 73 "${RUN} belongs to somebody else"
  rm -rf -- "${HERE}"/{endpoint,ended,replicas} # of an earlier start
  ln -sfT -- "$(readlink "/proc/$$/fd/1")" "${HERE}/job.log"
  cp -f -- "${BASH_SOURCE[0]}" "${HERE}/script" || die 73 "cannot write ${HERE}"
  [[ ${SLURM_ARRAY_TASK_ID:-} ]] && echo "replica ${FIRST}" >"${HERE}/row" # bin/status.sh tells it
  trap 'finish_all $?' EXIT
  trap 'REASON="asked to end"; finish_all 0' USR1
  trap 'REASON=terminated; finish_all 143' TERM INT # an exit would cut an EXIT trap short
  export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
  [[ ${REPLICAS} =~ ^[1-9][0-9]{0,4}$ ]] || die 78 "HPCGEN_REPLICAS=${REPLICAS@Q} is no number"
  mapfile -t NODES < <(scontrol show hostnames "${NODE_LIST}")
  ((${#NODES[@]} * PER_NODE >= REPLICAS)) ||
    die 78 "${REPLICAS} replicas, ${PER_NODE} on a node, and these nodes: ${NODES[*]}"
  for ((i = FIRST; i < FIRST + REPLICAS; i++)); do start_replica "${i}"; done
  while :; do
    for STEP in "${!STEPS[@]}"; do kill -0 "${STEP}" 2>/dev/null || bury "${STEP}"; done
    [[ ${READY} || $(serving | wc -l) == "${REPLICAS}" ]] && publish_first
    sleep 0.5 &
    wait "$!" # a signal ends a wait at once, a sleep only when it is over
  done
fi

# What is this job's own, and what outlives it.
NONCE=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
HERE=${RUN}/${NAME}/${SLURM_JOB_ID}/replicas/${REPLICA}
mkdir -p -- "${HERE}/etc" || die 73 "no ${HERE}"
rm -rf -- "${HERE}"/{endpoint,ended} # of an earlier start
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

IP=$(getent ahostsv4 "${HOSTNAME}" | awk '{ print $1; exit }')
[[ ${IP} && ${IP} != 127.* ]] || die 78 "${HOSTNAME} resolves to ${IP:-nothing}; name an interface"
NODE_DIR=$(mktemp -d)
BINDS=(--bind "${NODE_DIR}:/tmp")
{ trap '' USR1; tail --pid="$$" -f /dev/null; kill -TERM 0; } & # no child outlives this script
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
    ((SECONDS < DEADLINE)) || die 75 "not ready after ${READY_TIMEOUT} s: ${MISSING}"
    sleep 0.5
  done
  kill -0 "${PID}" 2>/dev/null && break
  [[ $(listeners "${PORT}")$(tail "${HERE}/${NAME}.log" | grep -i 'already in use') ]] &&
    log "port ${PORT} was lost to another process" && continue
  wait "${PID}"; die 69 "${NAME} exited with $? before it was ready"
done
printf '%s\n' "HOST=${IP}" "PORT=${PORT}" "NODE=${HOSTNAME}" "JOB_ID=${SLURM_JOB_ID}" \
  "NONCE=${NONCE}" "REPLICA=${REPLICA}" "PROCESSES=${PROCESSES}" COMPLETE=1 \
  >"${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/endpoint"
[[ -e ${HERE}/endpoint ]] || die 73 "cannot write ${HERE}"
log "ready"
wait "${PID}"
die 69 "${NAME} exited with $?"
