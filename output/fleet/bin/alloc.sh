#!/bin/bash -p
# Run envs in an allocation of your own.
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
ASKS='a node for each of WORKERS, and one for the balancer'
WORKERS=${WORKERS:-4}
CPUS_PER_WORKER=${CPUS_PER_WORKER:-48}
MEM_PER_CPU=${MEM_PER_CPU:-2G}
TIME=${TIME:-06:00:00}
PARTITION=${PARTITION:-''}
NODE=('--ntasks-per-node=1' --no-kill)
MEMORY=()
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: [WORKERS=N] [CPUS_PER_WORKER=N] [MEM_PER_CPU=SIZE] [TIME=LIMIT] [PARTITION=NAME] \\
       [WORKERS_PER_NODE=N] bin/alloc.sh [COMMAND...]
Asks Slurm for ${ASKS}; starts ${SERVICE} there by bin/serve.sh,
and gives you a shell, or runs COMMAND, as soon as it is ready. All of it ends with that, in order;
where TIME is over first, Slurm ends all at once. WORKERS_PER_NODE are the processes of each worker,
where its kind has such."
case ${1:-} in -h | --help) echo "${usage}" && exit 0 ;; esac
for number in "${WORKERS}" "${CPUS_PER_WORKER}" "${WORKERS_PER_NODE:-1}"; do
  [[ ${number} =~ ^[1-9][0-9]{0,4}$ ]] || { echo "${usage}" >&2; exit 64; }
done
EACH=("--time=${TIME}" "--job-name=${DEPLOYMENT}-${SERVICE}-alloc")
[[ ${PARTITION} ]] && EACH+=("--partition=${PARTITION}")
[[ ${MEM_PER_CPU} ]] && MEMORY=("--mem-per-cpu=${MEM_PER_CPU}") &&
  export HPCGEN_REPLICA_MEM=${MEMORY[0]}
NODE+=("${MEMORY[@]}")
COUNT=$(((WORKERS + PER_NODE - 1) / PER_NODE))
export HPCGEN_REPLICAS=${WORKERS} HPCGEN_REPLICA_CPUS=${CPUS_PER_WORKER}
unset WORKERS
[[ ${WORKERS_PER_NODE:-} ]] && export WORKERS=${WORKERS_PER_NODE} # what the jobs call so

for VARIABLE in SLURM_CLUSTERS SBATCH_CLUSTERS SALLOC_CLUSTERS; do
  [[ ${!VARIABLE:-} ]] || continue
  echo "${VARIABLE}=${!VARIABLE} asks another cluster; unset it, and log in to that one" >&2
  exit 78
done
[[ ${SLURMD_NODENAME:-} ]] || unset SLURM_CLUSTER_NAME # outside a job Slurm is asked

# Where a job runs, for how long and who pays may be set by variables of sbatch and salloc; others
# would make another job of it than the recipe says.
for VARIABLE in "${!SBATCH_@}" "${!SALLOC_@}"; do
  case ${VARIABLE#*_} in
    ACCOUNT | CONSTRAINT | PARTITION | QOS | RESERVATION | TIMELIMIT) ;;
    *)
      echo "${VARIABLE} is not obeyed: the recipe says what a job is" >&2
      unset "${VARIABLE}"
      ;;
  esac
done

ASKED=("${EACH[@]}" "${NODE[@]}" --nodes=$((COUNT + 1)) "--cpus-per-task=${CPUS_PER_WORKER}")

mkdir -p -- "${RUN}" && chmod 700 -- "${RUN}" || exit 73
printf '%(%FT%T%z)T alloc %s\n' -1 "${SERVICE} ${ASKED[*]}" >>"${RUN}/actions.log"
exec salloc "${ASKED[@]}" "${BUNDLE}/bin/serve.sh" "$@"
