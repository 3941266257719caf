#!/bin/bash -p
# Start envs in an allocation.
# Made by hpcgen, do not edit: change fleet.yaml, then run `hpcgen build`.
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
DEPLOYMENT='fleet'
RUN_ROOT="${HOME}"
SERVICE='envs'
PER_NODE=1
PLACED='its workers on all nodes but the last, the balancer on that'
BALANCER_CPUS=8
GRACE=25
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/serve.sh [COMMAND...]
Within an allocation: starts ${SERVICE} there, ${PLACED};
then runs COMMAND, or a shell. With that all of it ends in order: the balancer once it has answered
what it was asked, and then the workers. Where the fleet ends first, COMMAND is ended, and the
status is 69. bin/alloc.sh calls it."
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
((CPUS < BALANCER_CPUS)) && BALANCER_CPUS=${CPUS}
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
export HPCGEN_JOBS=" ${SERVICE}-replicas=${SLURM_JOB_ID} ${SERVICE}=${SLURM_JOB_ID}"
LOGS=${RUN}/logs STEPS=() NAMES=() PLACES=()
OF_BALANCER=${RUN}/${SERVICE}/${SLURM_JOB_ID}
OF_WORKERS=${RUN}/${SERVICE}-replicas/${SLURM_JOB_ID}
mkdir -p -- "${LOGS}" && chmod 700 -- "${RUN}" || exit 73
# Of an earlier start in this allocation.
rm -rf -- "${OF_BALANCER}"/{endpoint,ended} "${OF_WORKERS}"/{endpoint,ended,replicas}

on_front() { # CPUS COMMAND...: a step on the balancer's node, which fits where memory is used up too
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
  STEPS+=("$!") NAMES+=("$1") PLACES+=("${place}")
}
gone() { # SECONDS PID...: whether all of them end within so many
  local deadline=$((SECONDS + $1))
  while kill -0 "${@:2}" 2>/dev/null; do
    ((SECONDS < deadline)) || return
    sleep 0.2
  done
}
stop() { # NUMBER: ask a script to end, and none of the processes beside it, as bin/cancel.sh does
  local pid step=${STEPS[$1]}
  kill -0 "${step}" 2>/dev/null || return
  pid=$(cat -- "${PLACES[$1]}.pid" 2>/dev/null) # none where it has not begun
  (on_front 1 bash -c "kill -USR1 ${pid:-none}" 2>/dev/null) || kill -TERM "${step}"
  gone $((2 * GRACE + 10)) "${step}" && return
  echo "did not end when asked, killed: ${PLACES[$1]##*/}" >&2
  kill -TERM "${step}"
  gone "${GRACE}" "${step}"
}
is_lost() { # whether a script of the fleet has ended, or is about to
  local step
  for step in "${STEPS[@]}"; do
    kill -0 "${step}" 2>/dev/null || return 0
  done
  [[ ! -e ${OF_BALANCER}/endpoint ]]
}
tell_lost() { # which job of the fleet has ended, and how
  local i ended
  for i in "${!STEPS[@]}"; do
    kill -0 "${STEPS[i]}" 2>/dev/null && continue
    [[ -e ${RUN}/${NAMES[i]}/${SLURM_JOB_ID}/ended ]] && continue
    echo "${NAMES[i]} was killed; its log ends so:"
    tail -n 20 -- "${PLACES[i]}.log"
    return
  done
  for ended in {"${OF_WORKERS}","${OF_BALANCER}"}/ended; do
    [[ -e ${ended} ]] || continue
    i=${ended#"${RUN}/"}
    echo "${i%%/*} has ended: $(<"${ended}")"
    return
  done
  echo "${SERVICE} is about to end; its log ends so:"
  tail -n 20 -- "${PLACES[-1]}.log"
}
descend() { # PID: it, and the processes that descend from it
  local child children
  echo "$1"
  mapfile -d ' ' -t children < <(cat "/proc/$1/task/"*/children 2>/dev/null)
  for child in "${children[@]}"; do
    descend "${child}"
  done
}
# shellcheck disable=SC2329 # finish calls it
end_command() { # with all that a program has started; a shell ends its own
  local all=("${COMMAND}")
  kill -0 "${COMMAND}" 2>/dev/null || return 0
  [[ ${ENDS_BY} == HUP ]] || mapfile -t all < <(descend "${COMMAND}")
  kill "-${ENDS_BY}" "${all[@]}" 2>/dev/null
  gone "${GRACE}" "${all[@]}" || kill -KILL "${all[@]}" 2>/dev/null
}
# shellcheck disable=SC2329 # finish calls it
orphans() { # the steps of workers that their script, which was killed, has not seen end
  local job=${SLURM_JOB_ID_HET_GROUP_1:-${SLURM_JOB_ID}} step
  for step in "${OF_WORKERS}"/replicas/*/step; do
    [[ -s ${step} && ! -e ${step%/*}/ended ]] && echo "${job}.$(<"${step}")"
  done
}
# shellcheck disable=SC2329 # finish calls it
end_orphans() { # in order, and as their script would have
  local deadline=$((SECONDS + GRACE + 3)) left
  mapfile -t left < <(orphans)
  ((${#left[@]})) || return 0
  scancel --signal=USR1 "${left[@]}" 2>/dev/null # some may have ended
  while [[ $(orphans) ]] && ((SECONDS < deadline)); do
    sleep 0.2
  done
  scancel "${left[@]}" 2>/dev/null
}
# shellcheck disable=SC2329 # traps call it
finish() { # STATUS: the one way out: the command, the balancer, the workers, each in its time
  trap - EXIT && trap '' HUP INT TERM
  local i
  end_command
  for ((i = ${#STEPS[@]} - 1; i >= 0; i--)); do stop "${i}"; done
  end_orphans
  # What was killed has not withdrawn its own.
  rm -f -- "${OF_BALANCER}/endpoint" "${OF_WORKERS}"/{,replicas/*/}endpoint
  exit "$1"
}
COMMAND='' ENDS_BY=TERM
trap 'finish $?' EXIT
trap 'finish 143' HUP INT TERM

if [[ ${SLURM_JOB_NODELIST_HET_GROUP_1:-} ]]; then
  FRONT=${NODES[0]}
  export HPCGEN_REPLICA_NODES=${SLURM_JOB_NODELIST_HET_GROUP_1}
else # the balancer has no component of its own
  ((${#NODES[@]} > 1)) ||
    { echo "there is one node: the balancer needs one beside the workers'" >&2; exit 78; }
  FRONT=${NODES[-1]}
  unset 'WORKERS_ON[-1]'
fi
export HPCGEN_REPLICAS=${HPCGEN_REPLICAS:-$((PER_NODE * ${#WORKERS_ON[@]}))}
start "${SERVICE}-replicas" 1
start "${SERVICE}" "${BALANCER_CPUS}"

# shellcheck source=/dev/null
until . "${BUNDLE}/connections/${SERVICE}.env" 2>/dev/null; do
  for step in "${STEPS[@]}"; do
    kill -0 "${step}" 2>/dev/null && continue
    tail -n 20 -- "${LOGS}"/*"-${SLURM_JOB_ID}.log" >&2
    exit 69
  done
  sleep 2
done
echo "${SERVICE} is ready: ${NUM_WORKERS} workers (${WORKER_NODES}), balancer on ${BALANCER_NODE}" >&2
export -n "${!HPCGEN_REPLICA@}" # one submitted from within is as large as in the recipe
(($#)) || { ENDS_BY=HUP && set -- "${SHELL:-bash}"; } # to which a shell listens
{ trap : INT && trap - INT && exec "$@"; } <&0 & # beside us, or a TERM would have to wait for it
COMMAND=$!
trap '' INT # is the command's to obey
while kill -0 "${COMMAND}" 2>/dev/null; do
  if is_lost; then
    sleep 1 # what ends has said why by then, and a file system was not just slow
    if is_lost; then
      tell_lost >&2
      exit 69
    fi
  fi
  sleep 0.5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
done
wait "${COMMAND}"
