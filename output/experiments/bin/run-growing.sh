#!/bin/bash -p
# Run the rows of growing, and see how each ends.
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
EXPERIMENT='growing'
CLIENT='fleet'
MAX_PARALLEL=''
SERVERS=()
NEEDS=()
declare -A JOB_OF=()
FILES=(experiments/growing.tsv services/fleet/client.sh services/fleet/ask.sh
  services/fleet/listeners.sh)
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/run-${EXPERIMENT}.sh [--again | --list | --dry-run] [ROW...]
Runs the rows of experiments/${EXPERIMENT}.tsv, all or those named, and waits until they have ended.
Rows that have ended well are not run again, unless --again asks for it. You may interrupt it: what
runs goes on, and the next call takes it up. --list shows how each row stands, --dry-run prints the
sbatch lines. Status 1 where a row has not ended well."
HOW=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  --again | --list | --dry-run) HOW=$1 && shift ;;
esac
RUNS=${RUN}/experiments/${EXPERIMENT}
BUILD=$(sha256sum <"${BUNDLE}/jobs/${EXPERIMENT}.sbatch" | cut -c1-12)
LEDGER=${RUNS}/${BUILD} # what another build has run does not count for this one

# The table: its ROWS, what each sets (SAID, and its cells in SET), its OPTIONS of sbatch, and the
# SERVER that it talks to where rows have servers of their own.
ROWS=() HEADS=()
declare -A SAID=() SET=() OPTIONS=() SERVER=() ID=() ENDED=()
while IFS=$'\037' read -ra CELLS; do
  row=${CELLS[0]}
  if ((${#HEADS[@]})); then ROWS+=("${row}"); else HEADS=("${CELLS[@]}"); fi
  for ((i = 1; i < ${#HEADS[@]}; i++)); do
    cell=${CELLS[i]:-}
    case ${HEADS[i]} in
      --*) [[ ${cell} == - ]] || OPTIONS[${row}]+=" ${HEADS[i]}${cell:+=${cell}}" ;;
      target) SERVER[${row}]=${cell} ;;
      [a-z]*)
        SAID[${row}]+="${SAID[${row}]:+ }${HEADS[i]}=${cell}"
        SET[${row}]+=$'\t'${cell}
        ;;
    esac
  done
done < <(tr '\t' '\037' <"${BUNDLE}/experiments/${EXPERIMENT}.tsv")
for row in "$@"; do
  [[ " ${ROWS[*]} " == *" ${row} "* ]] || { echo "${usage}" >&2; exit 64; }
done
(($#)) || set -- "${ROWS[@]}"

recall() { # ROW: the ID of its last run, and how that has ENDED; that is kept when its files go
  [[ -e ${LEDGER}/$1 ]] || return
  { read -r "ID[$1]" && read -r "ENDED[$1]"; } <"${LEDGER}/$1" && return
  [[ -s ${RUNS}/${ID[$1]}/ended ]] && read -r "ENDED[$1]" <"${RUNS}/${ID[$1]}/ended"
}
is_done() { # ROW: whether it has ended well
  [[ ${ENDED[$1]:-} == *' exit 0: '* && ${ENDED[$1]} != *': asked to end' ]]
}
list() { # ROW...: how they stand
  local job row
  printf 'row%s\tjob\tended\n' "${SET[row]}"
  for row in "$@"; do
    job=$(readlink -- "${RUNS}/${ID[${row}]:-none}")
    printf '%s\t' "${row}${SET[${row}]}" "${job##*/}"
    echo "${ENDED[${row}]:-${ID[${row}]:+not yet}}"
  done
}
for row in "${ROWS[@]}"; do recall "${row}"; done
[[ ${HOW} == --list ]] && list "$@" && exit 0
DRY_RUN=''
[[ ${HOW} == --dry-run ]] && DRY_RUN=yes

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

# What the rows need, and does not run, is submitted; it is stopped again when they have ended.
running_job() { # NAME: the newest job of it that has not ended, by QUEUE; 75 where that is unknown
  local answer directory id=''
  while read -r directory; do
    answer=$(job_state "${directory##*/}" "$(cluster_of "${directory}")" "${QUEUE}")
    case ${answer} in
      running*) id=${directory##*/} ;;
      unknown*)
        echo "$1 ${directory##*/} may still run: ${answer#* }" >&2
        return 75
        ;;
    esac
  done < <(directories_of "$1")
  echo "${id}"
}
serve() { # JOB...: exports HPCGEN_JOBS, and sets AFTER
  local id need said start=()
  declare -A job=()
  QUEUE=$(slurm_jobs --me)
  need_answer "${QUEUE}" "$?"
  for need in "$@"; do
    id=$(running_job "${need}") || exit
    [[ ${id} ]] && job[${need}]=${id}
    [[ ${job[${need}]:-} ]] || start+=("${need}")
  done
  if ((${#start[@]})) && [[ ! ${DRY_RUN} ]]; then
    said=$("${BUNDLE}/bin/submit.sh" "${start[@]}") || exit
    echo "${said}" | tee -a -- "${RUNS}/started"
    while read -r need id; do job[${need}]=${id}; done <<<"${said}"
  fi
  for need in "${NEEDS[@]}"; do
    id=${job[${JOB_OF[${need}]:-${need}}]:-}
    HPCGEN_JOBS+="${id:+ ${need}=${id}}" AFTER+=${id:+:${id}}
  done
}
dismiss() { # what serve has submitted, and still runs, unless something else may use it
  local end=() id name queue user=''
  [[ -s ${RUNS}/started ]] || return
  QUEUE=$(slurm_jobs --me)
  need_answer "${QUEUE}" "$?"
  while read -r name id; do
    [[ $(job_state "${id}" "$(cluster_of "${RUN}/${name}/${id}")" "${QUEUE}") == ended* ]] ||
      end+=("${name}")
  done <"${RUNS}/started"
  queue=$(timeout --kill-after=1 "${SLURM_PATIENCE}" squeue --noheader --me \
    --states=PENDING,RUNNING,SUSPENDED --format='%F %j' 2>&1)
  need_answer "${queue}" "$?"
  while read -r _ name; do # our own rows have ended, though Slurm may not know it yet
    [[ ${name} == "${DEPLOYMENT}-"* ]] || continue
    name=${name#"${DEPLOYMENT}-"}
    [[ ${name} == "${CLIENT}.${EXPERIMENT}"* && ${#RUNNING[@]} == 0 ]] && continue
    [[ " ${SERVERS[*]} " == *" ${name} "* ]] || user=${name}
  done <<<"${queue}"
  if [[ ${user} ]]; then
    echo "${user} runs still, so ${end[*]} stays; end it with bin/cancel.sh"
    return
  fi
  ((${#end[@]})) && "${BUNDLE}/bin/cancel.sh" "${end[@]}"
  rm -f -- "${RUNS}/started"
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

ranges() { # NUMBER...: as --array takes them, such as 1-3,5
  local each first=$1 last=$1 said=''
  for each in "${@:2}" ''; do
    [[ ${each} == "$((last + 1))" ]] && last=${each} && continue
    said+=,${first}
    ((last > first)) && said+=-${last}
    first=${each} last=${each}
  done
  echo "${said#,}"
}
submit() { # ROW...: an array of rows that ask Slurm for the same
  local id more row options=(--parsable --export=ALL "--chdir=${RUN}/logs")
  read -ra more <<<"${OPTIONS[$1]:-}"
  options+=(${AFTER:+"--dependency=after${AFTER}"} "${more[@]}")
  options+=("--array=$(ranges "$@")${MAX_PARALLEL:+%${MAX_PARALLEL}}")
  if [[ ${DRY_RUN} ]]; then
    printf 'sbatch%s\n' "$(printf ' %q' "${options[@]}" "${BUNDLE}/jobs/${EXPERIMENT}.sbatch")"
    return
  fi
  id=$(batch "${options[@]}" "${BUNDLE}/jobs/${EXPERIMENT}.sbatch") || return
  id=${id%%;*}
  record "${CLIENT}" "${id}"
  printf '%(%FT%T%z)T submit %s %s\n' -1 "${EXPERIMENT}" "${id}" >>"${RUN}/actions.log"
  for row in "$@"; do
    echo "${id}_${row}" >"${LEDGER}/.new" && mv -T -- "${LEDGER}/.new" "${LEDGER}/${row}" || exit 73
    RUNNING[${row}]=${id} ID[${row}]=${id}_${row}
    unset "ENDED[${row}]"
  done
  echo "${EXPERIMENT} ${id}: rows $*${SERVER[$1]:+ with ${SERVER[$1]}}"
}
state_of_row() { # ROW: as job_state prints it, by QUEUE
  local id=${ID[$1]}
  job_state "${id}" "$(cluster_of "${RUN}/${CLIENT}/${id%_*}")" "${QUEUE}"
}
settle() { # ROW: it has ended
  unset "RUNNING[$1]"
  printf '%s\n' "${ID[$1]}" "${ENDED[$1]}" >"${LEDGER}/$1"
  echo "row $1 (${SAID[$1]}): ${ENDED[$1]#* }"
}
look() { # which rows have left a word on how they ended
  local row
  ls -- "${RUNS}" >/dev/null # makes a network file system look again
  for row in "${!RUNNING[@]}"; do recall "${row}" && settle "${row}"; done
}
ask() { # Slurm, not more often than every 30 s: what it has twice called ended will leave no word
  local answer row
  ((SECONDS >= NEXT)) || return
  NEXT=$((SECONDS + 30 + RANDOM % 10))
  QUEUE=$(slurm_jobs --me) || return
  for row in "${!RUNNING[@]}"; do
    answer=$(state_of_row "${row}")
    if [[ ${answer} != ended* ]]; then
      LOST[${row}]=''
    elif [[ ! ${LOST[${row}]:-} ]]; then
      LOST[${row}]=yes # its word may be on its way
    else
      ENDED[${row}]=" exit ?: without a word: Slurm says ${answer#* }"
      settle "${row}"
    fi
  done
}
has_room() { # COUNT: whether so many more rows may be submitted
  local id rows=0
  declare -A of=()
  [[ ${MAX_PARALLEL} ]] || return 0
  for id in "${RUNNING[@]}"; do
    of[${id}]+=x
    ((${#of[${id}]} > MAX_PARALLEL)) || rows=$((rows + 1))
  done
  ((rows == 0 || rows + $1 <= MAX_PARALLEL))
}
choose() { # ROW...: what is to run; rows of one GROUP ask Slurm for the same, and ORDER has groups
  local answer row same
  QUEUE=$(slurm_jobs --me)
  need_answer "${QUEUE}" "$?"
  ls -- "${RUNS}" >/dev/null 2>&1 # makes a network file system look again
  for row in "$@"; do
    answer=''
    if [[ ${ID[${row}]:-} && ! ${ENDED[${row}]:-} ]]; then
      answer=$(state_of_row "${row}")
    fi
    if [[ ${answer} == unknown* ]]; then
      echo "row ${row} may still run: ${answer#* }" >&2
      exit 75
    elif [[ ${answer} == running* ]]; then
      RUNNING[${row}]=${ID[${row}]%_*}
    elif recall "${row}"; [[ ${HOW} == --again ]] || ! is_done "${row}"; then # it may have ended since
      same=${OPTIONS[${row}]:- }
      [[ ${GROUP[${same}]:-} ]] || ORDER+=("${same}")
      GROUP[${same}]+=" ${row}"
    fi
  done
}
run() { # what was chosen, until all of it has ended; what is refused waits for the end of a row
  local group patience=0 refused=0
  while ((${#RUNNING[@]} + ${#ORDER[@]})); do
    ((${#RUNNING[@]})) && patience=3 # for some seconds after its end a job counts for a limit
    if ((${#ORDER[@]} && (!refused || refused != ${#RUNNING[@]}))); then
      read -ra group <<<"${GROUP[${ORDER[0]}]}"
      if has_room "${#group[@]}"; then
        submit "${group[@]}" && ORDER=("${ORDER[@]:1}") && refused=0 && continue
        (($? != 75)) || { echo "Slurm may have taken the rows ${group[*]}, or not" >&2; exit 75; }
        refused=${#RUNNING[@]}
        ((refused || patience--)) || { echo "sbatch refuses the rows ${group[*]}" >&2; exit 1; }
      fi
    fi
    sleep 2 &
    wait "$!" # a signal ends a wait at once, a sleep only when it is over
    look
    ask
    [[ -s ${RUNS}/driver ]] || { echo "bin/cancel.sh has ended it" >&2 && break; }
  done
}

declare -A RUNNING=() LOST=() GROUP=()
ORDER=() NEXT=$((SECONDS + 30))
if [[ ! ${DRY_RUN} ]]; then
  mkdir -p -- "${LEDGER}" "${RUN}/logs" && chmod 700 -- "${RUN}" || exit 73
  if [[ -s ${RUNS}/driver ]]; then
    read -r HOST OTHER _ <"${RUNS}/driver"
    [[ ${HOST} == "$(uname -n)" && ! -e /proc/${OTHER} ]] ||
      { echo "process ${OTHER} of ${HOST} runs it; gone? remove ${RUNS}/driver" >&2; exit 1; }
  fi
  echo "$(uname -n) $$ ${CLIENT}" >"${RUNS}/driver" # bin/cancel.sh removes it
  trap 'rm -f -- "${RUNS}/driver"' EXIT
  trap 'echo "what runs goes on: call it again to see it end" >&2; exit 130' INT TERM
  for file in "${FILES[@]}"; do keep "${file}" || exit 73; done
fi
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN} HPCGEN_JOBS=''
AFTER=''

choose "$@"
((${#ORDER[@]})) && serve "${SERVERS[@]}"
run

[[ ${DRY_RUN} ]] && exit 0

dismiss
list "${ROWS[@]}" >"${RUNS}/runs.tsv"
echo "table: ${RUNS}/runs.tsv; results: ${RUN}/results/${CLIENT}"
FAILED=()
for row in "$@"; do is_done "${row}" || FAILED+=("${row}"); done
((${#FAILED[@]})) || exit 0
echo "these rows have not ended well: ${FAILED[*]}" >&2
exit 1
