#!/bin/bash
# Start envs in an allocation.
# Made by hpcgen, do not edit: change fleet.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='fleet'
RUN_ROOT="${HOME}"
SERVICE='envs'
PER_NODE=1
PLACED='its workers on all nodes but the last, Envoy on that'
ENVOY_CPUS=8
GRACE=25
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/serve.sh [COMMAND...]
Within an allocation: starts ${SERVICE} there, ${PLACED};
then runs COMMAND, or a shell. With that all of it ends in order: Envoy once it has answered what it
was asked, and then the workers. bin/alloc.sh calls it."
case ${1:-} in -h | --help) echo "${usage}" && exit 0 ;; esac
[[ ${SLURM_JOB_ID:-} ]] || { echo "${usage}" >&2; exit 78; }
mapfile -t NODES < <(
  scontrol show hostnames "${SLURM_JOB_NODELIST_HET_GROUP_0:-${SLURM_JOB_NODELIST}}"
)
mapfile -t WORKERS_ON < <(
  scontrol show hostnames "${SLURM_JOB_NODELIST_HET_GROUP_1:-${SLURM_JOB_NODELIST}}"
)
CPUS=${SLURM_JOB_CPUS_PER_NODE_HET_GROUP_0:-${SLURM_JOB_CPUS_PER_NODE}} # of each node, as in 4(x3)
CPUS=${CPUS%%[(,]*}
((CPUS < ENVOY_CPUS)) && ENVOY_CPUS=${CPUS}
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
export HPCGEN_JOBS=" ${SERVICE}-replicas=${SLURM_JOB_ID} ${SERVICE}=${SLURM_JOB_ID}"
LOGS=${RUN}/logs STEPS=() PLACES=()
mkdir -p -- "${LOGS}" && chmod 700 -- "${RUN}" || exit 73

on_front() { # CPUS COMMAND...: become a step on Envoy's node; it fits where memory is used up too
  exec srun --overlap --nodes=1 --ntasks=1 --ntasks-per-node=1 "--cpus-per-task=$1" --mem=0 \
    --mpi=none "--nodelist=${FRONT}" "${@:2}" </dev/null
}
start() { # JOB CPUS: run the job's script there; its process is known by a file beside its log
  local place=${LOGS}/${DEPLOYMENT}-$1-${SLURM_JOB_ID}
  rm -f -- "${place}.pid"
  set -m # out of reach of what is typed: two interrupts would have srun kill its step
  # shellcheck disable=SC2016 # the shell on the node knows its number
  on_front "$2" bash -c 'echo "$$" >"$0" && exec bash "$1"' "${place}.pid" \
    "${BUNDLE}/jobs/$1.sbatch" >>"${place}.log" 2>&1 &
  set +m
  STEPS+=("$!") PLACES+=("${place}")
}
gone() { # PID SECONDS: whether it ends within so many
  local deadline=$((SECONDS + $2))
  while kill -0 "$1" 2>/dev/null; do
    ((SECONDS < deadline)) || return
    sleep 0.2
  done
}
stop() { # NUMBER: ask a script to end, and none of the processes beside it, as bin/cancel.sh does
  local pid step=${STEPS[$1]}
  kill -0 "${step}" 2>/dev/null || return
  pid=$(cat -- "${PLACES[$1]}.pid" 2>/dev/null) # none where it has not begun
  (on_front 1 bash -c "kill -USR1 ${pid:-none}" 2>/dev/null) || kill -TERM "${step}"
  gone "${step}" $((2 * GRACE + 10)) && return
  echo "did not end when asked, killed: ${PLACES[$1]##*/}" >&2
  kill -TERM "${step}"
  gone "${step}" "${GRACE}"
}
# shellcheck disable=SC2329 # traps call it
finish() { # STATUS: the one way out: the command, then Envoy, then the workers, each in its time
  trap - EXIT && trap '' HUP INT TERM
  local i
  [[ ${COMMAND} ]] && kill "-${ENDS_BY}" "${COMMAND}" 2>/dev/null &&
    { gone "${COMMAND}" "${GRACE}" || kill -KILL "${COMMAND}"; }
  for ((i = ${#STEPS[@]} - 1; i >= 0; i--)); do stop "${i}"; done
  exit "$1"
}
COMMAND='' ENDS_BY=TERM
trap 'finish $?' EXIT
trap 'finish 143' HUP INT TERM

if [[ ${SLURM_JOB_NODELIST_HET_GROUP_1:-} ]]; then
  FRONT=${NODES[0]}
  export HPCGEN_REPLICA_NODES=${SLURM_JOB_NODELIST_HET_GROUP_1}
else # Envoy has no component of its own
  ((${#NODES[@]} > 1)) ||
    { echo "there is one node: Envoy needs one beside the workers'" >&2; exit 78; }
  FRONT=${NODES[-1]}
  unset 'WORKERS_ON[-1]'
fi
export HPCGEN_REPLICAS=${HPCGEN_REPLICAS:-$((PER_NODE * ${#WORKERS_ON[@]}))}
start "${SERVICE}-replicas" 1
start "${SERVICE}" "${ENVOY_CPUS}"

# shellcheck source=/dev/null
until . "${BUNDLE}/connections/${SERVICE}.env" 2>/dev/null; do
  for step in "${STEPS[@]}"; do
    kill -0 "${step}" 2>/dev/null && continue
    tail -n 20 -- "${LOGS}"/*"-${SLURM_JOB_ID}.log" >&2
    exit 69
  done
  sleep 2
done
echo "${SERVICE} is ready: ${NUM_WORKERS} workers (${WORKER_NODES}), Envoy on ${ENVOY_NODE}" >&2
export -n "${!HPCGEN_REPLICA@}" # one submitted from within is as large as in the recipe
(($#)) || { ENDS_BY=HUP && set -- "${SHELL:-bash}"; } # to which a shell listens
{ trap : INT && trap - INT && exec "$@"; } <&0 & # beside us, or a TERM would have to wait for it
COMMAND=$!
trap '' INT # is the command's to obey
wait "${COMMAND}"
