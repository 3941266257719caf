#!/bin/bash -p
# End the deployment in order.
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
DEPLOYMENT='everything'
RUN_ROOT="${HOME}"
JOBS=(llm cache vectors db monitoring llm-bench cache-bench vectors-bench db-bench)
declare -A NEEDS=([llm-bench]=llm [cache-bench]=cache [vectors-bench]=vectors [db-bench]=db)
declare -A JOB_OF=([metrics]=monitoring [dashboards]=monitoring)
GRACE=25
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

usage="usage: bin/cancel.sh [JOB...]
Ends the jobs of this deployment, all or those named: ${JOBS[*]}. A running one is asked as soon as
no other that needs it is left, so that clients end first, then a balancer, then its replicas, and
each saves its data; what has not ended in time is cancelled, and so is at once one that Slurm has
suspended, for it cannot be asked. Status 1: some had to be cancelled; 75: Slurm does not answer, or
does not know a job that is not known to have ended."
if [[ ${1:-} == @(-h|--help) ]]; then
  echo "${usage}"
  exit 0
fi
for name in "$@"; do
  if [[ " ${JOBS[*]} " != *" ${name} "* ]]; then
    echo "${usage}" >&2
    exit 64
  fi
done
(($#)) || set -- "${JOBS[@]}"

unfinished() { # <QUEUE: the numbers of jobs that have not ended, on one line
  awk -v final="^(${FINAL_STATES})$" '$4 !~ final { printf "%s %s ", $1, $2 }'
}

is_recorded() { # ID
  local directory
  for directory in "${RUN}"/*/"$1"; do
    [[ -d ${directory} ]] && return
  done
  return 1
}

tasks_of() { # ID <QUEUE: TASK STATE of the job, or of each task of its array, not ended
  awk -v job="$1" -v final="^(${FINAL_STATES})$" '
    $4 ~ final { next }
    index($3, job "+") == 1 { print job, $4; next } # a heterogeneous job is asked as one
    $1 == job || $2 == job { print $3, $4 }'
}

list_jobs() { # sets LEFT, what has not ended, each by its number, to its name; and STATE of each
  local answer directory id name state task unfinished
  unfinished=" $(unfinished <<<"${QUEUE}")"
  LEFT=() STATE=() UNKNOWN=()
  for name in "${WANTED[@]}"; do
    while read -r directory; do
      id=${directory##*/}
      # Most jobs of an old deployment have ended long ago, and need no question.
      [[ -e ${directory}/ended && ${unfinished} != *" ${id} "* ]] && continue
      answer=$(job_state "${id}" "$(cluster_of "${directory}")" "${QUEUE}")
      case ${answer} in
        ended*) remember_end "${directory}" "${answer#* }" ;;
        unknown*) UNKNOWN[${id}]=${answer#* } ;;
        *)
          while read -r task state; do
            [[ ${STUCK[${task}]:-} ]] && continue # it is not waited for any more
            LEFT[${task}]=${name}
            STATE[${task}]=${state}
          done < <(tasks_of "${id}" <<<"${QUEUE}")
          ;;
      esac
    done < <(directories_of "${name}")
  done
}

is_needed() { # NAME: a job that is left needs what this one runs
  local left need
  for left in "${LEFT[@]}"; do
    for need in ${NEEDS[${left}]:-}; do
      need=${need%_0} # of a job array the first task is what must have started
      [[ ${JOB_OF[${need}]:-${need}} == "$1" ]] && return
    done
  done
  return 1
}

cancel() { # TASK WHY: end it without asking
  echo "$2, cancelled: $1" >&2
  scancel "$1"
  STUCK[$1]=yes
}

end_job() { # TASK NAME: ask it to end once nothing needs it; cancel it where it has not in time
  if [[ ${STATE[$1]} == PENDING ]]; then
    scancel --state=PENDING "$1"
  elif [[ ${STATE[$1]} == SUSPENDED ]]; then
    cancel "$1" 'is suspended, so it cannot end in order'
  elif [[ ! ${SINCE[$1]:-} ]]; then
    is_needed "$2" || SINCE[$1]=${SECONDS}
  elif ((SECONDS - SINCE[$1] > 2 * GRACE + 15)); then # what a balancer and its replicas may take
    cancel "$1" 'did not end when asked'
  fi
  if [[ ${SINCE[$1]:-} && ! ${ASKED[$1]:-} ]]; then
    scancel --batch --signal=USR1 "$1" && ASKED[$1]=yes
  fi
}

report_unrecorded() { # jobs of this bundle that run without a record, as where that was removed
  local command id said
  said=$(timeout --kill-after=1 "${SLURM_PATIENCE}" squeue --noheader --me \
    --states=PENDING,RUNNING,SUSPENDED --format='%F %o' 2>&1)
  need_answer "${said}" "$?"
  while read -r id command; do
    [[ ${command} == "${BUNDLE}/jobs/"* ]] || continue
    is_recorded "${id}" || echo "job ${id} is ${command##*/} of this bundle, and ${RUN} has no \
record of it: it is another deployment's, or the record was removed; by hand: \
scancel --batch --signal=USR1 ${id}"
  done <<<"${said}"
}

say_unknown() { # what may still run, though this script cannot end it
  local id
  for id in "${!UNKNOWN[@]}"; do
    echo "job ${id} may still run: ${UNKNOWN[${id}]}" >&2
  done
}

WANTED=("$@")
declare -A ASKED=() LEFT=() SINCE=() STATE=() STUCK=() UNKNOWN=()
QUEUE=$(slurm_jobs --me)
need_answer "${QUEUE}" "$?"
[[ $(type -t stop_drivers) ]] && stop_drivers
SLURM_CLUSTER_NAME=$(cluster_name)
list_jobs
say_unknown
UNRECORDED=$(report_unrecorded) || exit
[[ ${UNRECORDED} ]] && echo "${UNRECORDED}" >&2
if ((${#LEFT[@]} == 0)); then
  [[ ${UNRECORDED} || ${UNKNOWN[*]} ]] && exit 75
  echo 'nothing of this deployment is running'
  exit 0
fi
ALL=$(printf '%s\n' "${!LEFT[@]}" | sort -n | tr '\n' ' ')
printf '%(%FT%T%z)T cancel %s\n' -1 "${ALL}" >>"${RUN}/actions.log"
ANSWERED=${SECONDS}
while ((${#LEFT[@]})); do
  for task in "${!LEFT[@]}"; do
    end_job "${task}" "${LEFT[${task}]}"
  done
  sleep 1
  if QUEUE=$(slurm_jobs --me); then
    ANSWERED=${SECONDS}
    list_jobs
  elif ((SECONDS - ANSWERED > 2 * GRACE + 15)); then
    echo "Slurm does not answer; asked to end: ${!ASKED[*]}; may still run: ${!LEFT[*]}" >&2
    exit 75
  fi
done
[[ ${UNKNOWN[*]} ]] && exit 75
((${#STUCK[@]})) && exit 1
echo "ended: ${ALL% }"
