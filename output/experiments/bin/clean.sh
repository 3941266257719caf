#!/bin/bash -p
# Remove what ended jobs left behind.
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
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

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

# --- what Slurm says of a job: it runs, it has ended, or nobody knows -----------------------------
FINAL_STATES='BOOT_FAIL|CANCELLED|COMPLETED|DEADLINE|FAILED|NODE_FAIL|OUT_OF_MEMORY|PREEMPTED'
FINAL_STATES+='|REVOKED|TIMEOUT'

slurm_jobs() { # OPTION of squeue...: ID ARRAY TASK STATE START REASON of each job Slurm knows
  SLURM_TIME_FORMAT=%s timeout --kill-after=1 "${SLURM_PATIENCE}" \
    squeue --noheader --all --array --states=all --format='%A %F %i %T %S %R' "$@" 2>&1
}

judge_states() { # JOB <LINES of slurm_jobs: running STATE, ended STATE, or nothing; see job_state
  awk -v job="$1" -v final="^(${FINAL_STATES})$" '
    "=" $1 != job && $1 != job && $2 != job && $3 != job && index($3, job "+") != 1 { next }
    $4 !~ final { running = $4 }
    ended == "" || ended == "COMPLETED" { ended = $4 }
    END {
      if (running) print "running " running
      else if (ended) print "ended " ended
    }'
}

was_seen_to_end() { # JOB: each directory that it has in the run directory says how it ended
  local directory found=''
  for directory in "${RUN}"/*/"$1"; do
    [[ -d ${directory} ]] || continue
    [[ -e ${directory}/ended || -e ${directory}/slurm-state ]] || return 1
    found=yes
  done
  [[ ${found} ]]
}

judge_forgotten() { # JOB that Slurm does not know: this alone does not prove that it has ended
  local states
  if was_seen_to_end "$1"; then
    echo 'ended FORGOTTEN'
    return
  fi
  states=$(timeout --kill-after=1 "${SLURM_PATIENCE}" sacct --noheader --parsable2 \
    --allocations --jobs="$1" --format=State 2>/dev/null | awk '{ print 0, 0, 0, $1 }')
  case $(judge_states 0 <<<"${states}") in
    ended*) echo "ended ${states##* }" ;;
    *) echo "unknown Slurm does not know job $1, and nothing tells that it has ended" ;;
  esac
}

job_state() { # JOB [CLUSTER [LINES of slurm_jobs [START]]]: running STATE, ended STATE, unknown WHY
  # JOB is a number, which of an array means all of its tasks, or =NUMBER: the job that has this
  # SLURM_JOB_ID, and no other task. START is when it started, as Slurm told it.
  local asked='' job=${1#=} lines=${3:-} state status
  [[ ${2:-} ]] && asked=$(cluster_name)
  if [[ ${2:-} && ! ${asked} ]]; then
    echo 'unknown Slurm does not answer which cluster this is'
    return
  elif [[ ${2:-} != "${asked}" ]]; then
    echo "unknown job ${job} is one of cluster $2, and this node asks cluster ${asked}"
    return
  fi
  if (($# < 3)) || [[ $3 == ask ]]; then
    lines=$(slurm_jobs --jobs="${job}")
    status=$?
    if ((status)) && [[ ${lines} != *'Invalid job id'* ]]; then
      lines=${lines##*$'\n'}
      echo "unknown Slurm does not answer: ${lines:-nothing came within ${SLURM_PATIENCE} s}"
      return
    fi
  fi
  if [[ ${4:-} ]] && awk -v job="${job}" -v start="$4" '
    $1 == job && $5 != start { found = 1 }
    END { exit !found }' <<<"${lines}"; then
    echo "unknown Slurm has started job ${job} at another time, or given its number to another"
    return
  fi
  state=$(judge_states "$1" <<<"${lines}")
  [[ ${state} ]] || state=$(judge_forgotten "${job}")
  echo "${state}"
}

# --- the jobs of this deployment are those that the run directory has a record of -----------------
directories_of() { # JOB_NAME: the directory of each of its runs
  local directory
  for directory in "${RUN}/$1"/[0-9]*; do
    [[ -d ${directory} ]] && echo "${directory}"
  done
}

cluster_of() { # DIRECTORY: the cluster of its job, where that is known
  cat -- "$1/cluster" 2>/dev/null || sed -n 's/^CLUSTER=//p' "$1/endpoint" 2>/dev/null
}

need_answer() { # QUEUE STATUS, both of slurm_jobs: ends this script where Slurm does not answer
  (($2 == 0)) && return
  echo "Slurm does not answer: ${1:-nothing came within ${SLURM_PATIENCE} s}; try again" >&2
  exit 75
}

remember_end() { # DIRECTORY STATE: for Slurm forgets a job some minutes after its end
  [[ -e $1/slurm-state || $2 == FORGOTTEN ]] || echo "$2" >"$1/slurm-state"
}

usage="usage: bin/clean.sh [--older-than=DAYS] [--data] [--forgotten] --yes
Removes the files of this deployment's jobs that have ended, of all or of those that ended more
than DAYS ago; results are kept. --data removes the kept data, the passwords, the results and what
Prometheus has measured too. A job that Slurm does not know, and that left no word on how it ended,
keeps its files unless --forgotten says that you have made sure that it does not run.
Without --yes it only says what it would do. Status 75: Slurm cannot tell of a job, or at all."
DATA='' YES='' DAYS='' FORGOTTEN=''
for option in "$@"; do
  case ${option} in
    --data) DATA=yes ;;
    --forgotten) FORGOTTEN=yes ;;
    --yes) YES=yes ;;
    --older-than=*[0-9]) DAYS=${option#*=} ;;
    -h | --help)
      echo "${usage}"
      exit 0
      ;;
    *)
      echo "${usage}" >&2
      exit 64
      ;;
  esac
done
if [[ ! ${DAYS} =~ ^[0-9]{0,4}$ || (${DATA} && ${DAYS}) ]]; then
  echo "${usage}" >&2
  exit 64
fi

doom() { # NAME DIRECTORY: what a job that has ended has left
  local log
  [[ ! ${DAYS} || $(find "$2" -maxdepth 0 -mtime "+${DAYS}") ]] || return
  DOOMED+=("$2" "${RUN}/logs/${DEPLOYMENT}-$1"*"-${2##*/}.log" "${RUN}/targets/"*"@${2##*/}."*
    "${RUN}/data/$1/.owner/${2##*/}."* "${RUN}/data/$1/.new-"*/"${2##*/}."*)
  for log in "$2"/job.{log,err}; do # whatever the recipe calls them
    log=$(readlink -- "${log}") || continue
    log=${RUN}/logs/${log##*/}
    [[ ${log} == */"${DEPLOYMENT}-$1"*"-${2##*/}.log" ]] || DOOMED+=("${log}")
  done
}

judge() { # NAME DIRECTORY: what becomes of the files of one job
  local answer id=${2##*/}
  answer=$(job_state "${id}" "$(cluster_of "$2")" "${QUEUE}")
  case ${answer} in
    ended*)
      remember_end "$2" "${answer#* }"
      doom "$1" "$2"
      ;;
    running*)
      if [[ ${DATA} ]]; then
        echo "$1 has not ended; first: bin/cancel.sh" >&2
        exit 1
      fi
      ;;
    *)
      if [[ ${FORGOTTEN} ]]; then
        doom "$1" "$2"
        return
      fi
      echo "$1 ${id} may still run: ${answer#* }; where you know that it does not: --forgotten" >&2
      STATUS=75
      ;;
  esac
}

STATUS=0 DOOMED=()
QUEUE=$(slurm_jobs --me)
need_answer "${QUEUE}" "$?"
SLURM_CLUSTER_NAME=$(cluster_name)
for name in "${JOBS[@]}"; do
  mapfile -t DIRECTORIES < <(directories_of "${name}")
  for directory in "${DIRECTORIES[@]}"; do
    judge "${name}" "${directory}"
  done
  [[ ${DAYS} || -e ${RUN}/${name}/array/endpoint ]] || DOOMED+=("${RUN}/${name}/array")
  [[ ${DATA} ]] && DOOMED+=("${RUN}"/{data,results,tsdb}/"${name}" "${RUN}/secrets/${name}."*)
done
if [[ ${DATA} ]]; then
  ((STATUS)) && exit "${STATUS}"
  for holder in "${RUN}"/data/*/.owner/*; do # one whose record was removed, perhaps
    [[ -e ${holder} && ! ${FORGOTTEN} ]] || continue
    IFS=. read -r job _ cluster start <<<"${holder##*/}"
    answer=$(job_state "=${job}" "${cluster}" "${QUEUE}" "${start}")
    [[ ${answer} == ended* ]] && continue
    echo "job ${job} holds ${holder%/.owner/*}: ${answer#* }" >&2
    exit 75
  done
  DOOMED+=("${RUN}"/{experiments,secrets/.exporters.password}) # which rows have run
fi
for path in "${DOOMED[@]}"; do
  [[ ${path} && -e ${path} ]] || continue
  echo "${YES:+removed }${path}"
  [[ ${YES} ]] && rm -rf -- "${path}"
done
if [[ ${YES} ]]; then
  printf '%(%FT%T%z)T clean %s\n' -1 "$*" >>"${RUN}/actions.log"
else
  echo 'nothing was removed; add --yes' >&2
fi
exit "${STATUS}"
