#!/bin/bash -p
# Show what the deployment's jobs are doing.
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
JOBS=(llm cache vectors db monitoring metrics dashboards llm-bench cache-bench vectors-bench
  db-bench)
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/status.sh [--why]
Shows every job of this deployment: JOB, ID, STATE and DETAIL. The state is Slurm's, with four more:
READY is a service that has proved to work, UNHEALTHY one whose probe fails since, CANCELLED is one
that was asked to end where Slurm calls it FAILED, and UNKNOWN one of which Slurm can tell nothing:
then the status is 75. DETAIL is how the job says that it ended. --why adds what Slurm knows: why a
pending job waits and when it should start, what a running one uses, how an ended one ended, and
with how much memory where the site keeps accounts."
WHY=''
case ${1:-} in
  -h | --help)
    echo "${usage}"
    exit 0
    ;;
  --why)
    WHY=yes
    shift
    ;;
esac
if (($#)); then
  echo "${usage}" >&2
  exit 64
fi

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

remember_end() { # DIRECTORY STATE: for Slurm forgets a job some minutes after its end
  [[ -e $1/slurm-state || $2 == FORGOTTEN ]] || echo "$2" >"$1/slurm-state"
}

# Each start of a job has a line, and each part of a heterogeneous one; not the rest of its array.
recorded() { # ID: how it ended, where the site keeps accounts, and once they know
  sacct --noheader --parsable2 --duplicates --units=K "--jobs=$1" \
    --format=JobIDRaw,JobID,State,ExitCode,Start,End,NodeList,MaxRSS 2>/dev/null |
    awk -F'|' -v id="$1" '
      function tell() { if (job) said = said job (most ? " MaxRSS=" most "K" : "") "\n"; job = "" }
      $1 !~ /[.]/ { tell() }
      $1 == id || $2 ~ "^" id "[+][0-9]+$" {
        if ($6 == "Unknown") { running = 1; exit }
        job = "    JobId=" $1 " JobState=" $3 " ExitCode=" $4
        job = job " StartTime=" $5 " EndTime=" $6 " NodeList=" $7
        most = 0 }
      $8 + 0 > most { most = $8 + 0 } # the largest of its steps
      END { tell(); if (!running) printf "%s", said }'
}
known() { # ID: how it stands, or has stood until Slurm forgot it, some minutes after its end
  scontrol --oneliner show job "$1" 2>/dev/null | awk -v id="$1" '
    $1 == "JobId=" id || index($0, " HetJobId=" id " ") {
      line = "   "
      for (i = 1; i <= NF; i++)
        if ($i ~ /^(JobId|JobState|Reason|Dependency|Restarts|ExitCode|(Start|End)Time|NodeList)=/)
          line = line " " $i
      print line }'
}
why() { # ID ANSWER of job_state: what Slurm says of it, and what a running job uses
  local said=''
  [[ $2 == running* ]] || said=$(recorded "$1")
  [[ ${said} ]] || said=$(known "$1")
  echo "${said:-    Slurm has forgotten it}"
  sstat --noheader --parsable2 --allsteps --jobs="$1" --format=JobID,MaxRSS,AveCPU 2>/dev/null |
    sed 's/^/    uses: /'
}

own_word() { # DIRECTORY: the state that the job's own last line stands for
  case $(<"$1/ended") in
    *' exit 0: '*) echo COMPLETED ;;
    *' exit 143: '*) echo CANCELLED ;;
    *) echo FAILED ;;
  esac
}

show() { # NAME DIRECTORY: the line of one job
  local answer detail='' id=${2##*/} state
  answer=$(job_state "=${id}" "$(cluster_of "$2")" "${QUEUE}")
  state=${answer#* }
  case ${answer} in
    running*)
      [[ ${state} == RUNNING && -e $2/endpoint ]] && state=READY
      detail=${REASONS[${id}]:-}
      if [[ ${state} == READY && -e $2/unhealthy ]]; then
        state=UNHEALTHY
        detail=$(<"$2/unhealthy")
      fi
      ;;
    ended*)
      remember_end "$2" "${state}"
      [[ ${state} == FORGOTTEN && -e $2/slurm-state ]] && state=$(<"$2/slurm-state")
      # Of a job that ended by itself it knows more than Slurm, which only sees its exit status.
      if [[ -s $2/ended && ${state} == @(COMPLETED|FAILED|CANCELLED|FORGOTTEN) ]]; then
        state=$(own_word "$2")
      fi
      detail='without a word: killed, or cancelled before it began'
      [[ -s $2/ended ]] && detail=$(<"$2/ended")
      ;;
    *)
      detail=${state} state=UNKNOWN
      STATUS=75
      ;;
  esac
  [[ -s $2/row ]] && detail+="; $(<"$2/row")"
  printf '%-24s %-10s %-12s %s\n' "$1" "${id}" "${state}" "${detail%"${detail##*[! ]}"}"
  [[ ! ${WHY} ]] || why "${id}" "${answer}"
}

STATUS=0
declare -A REASONS=()
if QUEUE=$(slurm_jobs --me); then
  SLURM_CLUSTER_NAME=$(cluster_name)
  while read -r id _ _ _ _ reason; do
    [[ ${id} ]] && REASONS[${id}]=${reason}
  done <<<"${QUEUE}"
else
  STATUS=75
  echo "Slurm does not answer: ${QUEUE:-nothing came within ${SLURM_PATIENCE} s}" >&2
fi
printf '%-24s %-10s %-12s %s\n' JOB ID STATE DETAIL
for name in "${JOBS[@]}"; do
  while read -r directory; do
    show "${name}" "${directory}"
  done < <(directories_of "${name}")
done
exit "${STATUS}"
