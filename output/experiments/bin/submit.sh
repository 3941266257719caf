#!/bin/bash -p
# Submit the deployment.
# Made by hpcgen, do not edit: change experiments.yaml, then run `hpcgen build`.
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
DEPLOYMENT='experiments'
RUN_ROOT="${HOME}"
JOBS=(cache cache-bench fleet)
declare -A NEEDS=([cache-bench]=cache)
declare -A AFTER=()
declare -A JOB_OF=()
FILES=(connections/cache.env services/fleet/client.sh services/fleet/ask.sh
  services/fleet/listeners.sh)
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/submit.sh [--dry-run] [JOB...]
Submits the jobs, all or those named, in this order: ${JOBS[*]}
--dry-run prints the sbatch lines instead."
DRY_RUN=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  --dry-run) DRY_RUN=yes && shift ;;
esac
for name in "$@"; do
  [[ " ${JOBS[*]} " == *" ${name} "* ]] || { echo "${usage}" >&2; exit 64; }
done
(($#)) || set -- "${JOBS[@]}"

for VARIABLE in SLURM_CLUSTERS SBATCH_CLUSTERS SALLOC_CLUSTERS; do
  [[ ${!VARIABLE:-} ]] || continue
  echo "${VARIABLE}=${!VARIABLE} asks another cluster; unset it, and log in to that one" >&2
  exit 78
done
[[ ${SLURMD_NODENAME:-} ]] || unset SLURM_CLUSTER_NAME # outside a job Slurm is asked

SLURM_PATIENCE=20 # seconds after which Slurm counts as not answering

cluster_name() { # the cluster that the commands of this node ask
  if [[ ${SLURM_CLUSTER_NAME:-} ]]; then
    echo "${SLURM_CLUSTER_NAME}"
    return
  fi
  timeout --kill-after=1 "${SLURM_PATIENCE}" scontrol show config 2>/dev/null |
    awk '$1 == "ClusterName" { print $3 }'
}

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

# A job runs with the bytes that were submitted with it, whatever becomes of the checkout.
keep() { # FILE of the bundle
  local sum
  sum=$(sha256sum <"${BUNDLE}/$1") && sum=${sum%% *}
  mkdir -p -- "${RUN}/files/${sum}" && cp -f -- "${BUNDLE}/$1" "${RUN}/files/${sum}/"
}

remedy() { # WHAT sbatch has said: of accounts, QOS or limits it says what to do, and what there is
  local yours fix=''
  case $1 in
    *'Invalid account'*) fix='set SBATCH_ACCOUNT to yours, or write "account" in the recipe' ;;
    *'Invalid qos'*) fix='set SBATCH_QOS to one of yours, or write "qos" in the recipe' ;;
    *'accounting/QOS policy'*) fix='wait for your jobs to end, ask for less, or set SBATCH_QOS' ;;
  esac
  [[ ${fix} ]] || return
  yours=$(sacctmgr --noheader --parsable2 show associations "user=$(id -un)" \
    format=Cluster,Account,Partition,QOS 2>/dev/null)
  printf '%s\n' "fix: ${fix}" 'Yours, as CLUSTER|ACCOUNT|PARTITION|QOS:' \
    "${yours:-none that sacctmgr shows; ask the site}"
}

batch() { # ARGUMENT... of sbatch: prints the job's id; of a refusal the reason, and what to do
  local said status
  { said=$(sbatch "$@" 2>&1 >&3); } 3>&1
  status=$?
  [[ ${said} ]] && echo "${said}" >&2
  if ((status)); then
    remedy "${said}" >&2
    case ${said} in # Slurm may have taken it before its answer was lost
      *'Unable to contact'* | *'timed out'* | *'Zero Bytes'* | *'refused'*) return 75 ;;
    esac
  fi
  return "${status}"
}

record() { # NAME ID: the deployment's jobs are those that have a directory
  local directory=${RUN}/$1/$2
  mkdir -p -- "${directory}" || exit 73
  : "${SLURM_CLUSTER_NAME:=$(cluster_name)}"
  [[ ! ${SLURM_CLUSTER_NAME} ]] || echo "${SLURM_CLUSTER_NAME}" >"${directory}/cluster"
}

submit() { # JOB: prints its id; it starts when those it needs have started, and others have ended
  local need name id after='' ended='' options=(--parsable --export=ALL "--chdir=${RUN}/logs")
  for need in ${NEEDS[$1]:-}; do
    name=${need%_0} # of a job array the first task is enough
    id=${IDS[${JOB_OF[${name}]:-${name}}]:-}
    [[ ${id} ]] || continue
    after+=:${id}${need#"${name}"}
    export HPCGEN_JOBS="${HPCGEN_JOBS:-} ${name}=${id}"
  done
  for need in ${AFTER[$1]:-}; do
    [[ ${IDS[${need}]:-} ]] && ended+=:${IDS[${need}]}
  done
  after=${after:+after${after}}${after:+${ended:+,}}${ended:+afterany${ended}}
  [[ ${after} ]] && options+=("--dependency=${after}")
  if [[ ${DRY_RUN} ]]; then
    printf 'sbatch%s\n' "$(printf ' %q' "${options[@]}" "${BUNDLE}/jobs/$1.sbatch")" >&2
    echo "JOB_ID_OF_$1"
  else
    batch "${options[@]}" "${BUNDLE}/jobs/$1.sbatch"
  fi
}

if [[ ! ${DRY_RUN} ]]; then
  mkdir -p -- "${RUN}/logs" && chmod 700 -- "${RUN}" || exit 73
  for file in "${FILES[@]}"; do keep "${file}" || exit 73; done
fi
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
declare -A IDS=()
for name in "${JOBS[@]}"; do
  [[ " $* " == *" ${name} "* ]] || continue
  id=$(submit "${name}")
  status=$?
  if ((status == 75)); then
    echo "Slurm does not answer, so ${name} may be submitted or not; what was submitted stays" >&2
    exit 75
  elif ((status)); then
    echo "sbatch refused ${name}; what was submitted stays" >&2
    exit 1
  fi
  IDS[${name}]=${id%%;*}
  [[ ${DRY_RUN} ]] && continue
  record "${name}" "${IDS[${name}]}"
  printf '%(%FT%T%z)T submit %s %s\n' -1 "${name}" "${IDS[${name}]}" >>"${RUN}/actions.log"
  echo "${name} ${IDS[${name}]}"
done
[[ ${DRY_RUN} ]] || echo "next: bin/status.sh, bin/logs.sh; files: ${RUN}" >&2
