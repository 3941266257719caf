#!/bin/bash
# Run the rows of fleets, and see how each ends.
# Made by hpcgen, do not edit: change experiments.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='experiments'
RUN_ROOT="${HOME}"
EXPERIMENT='fleets'
CLIENT='fleet'
MAX_PARALLEL=''
SERVERS=()
NEEDS=()
declare -A JOB_OF=()
FILES=(experiments/fleets.tsv services/fleet/client.sh services/fleet/ask.sh
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

# A job runs with the bytes that were submitted with it, whatever becomes of the checkout.
keep() { # FILE of the bundle
  local sum
  sum=$(sha256sum <"${BUNDLE}/$1") && sum=${sum%% *}
  mkdir -p -- "${RUN}/files/${sum}" && cp -f -- "${BUNDLE}/$1" "${RUN}/files/${sum}/"
}

# What the rows need, and does not run, is submitted; it is stopped again when they have ended.
serve() { # JOB...: exports HPCGEN_JOBS, and sets AFTER
  local id need queue said start=()
  declare -A job=()
  queue=$(squeue --noheader --me --states=PENDING,RUNNING,SUSPENDED --format=%A) || exit 1
  for need in "$@"; do
    for id in "${RUN}/${need}"/[0-9]*; do
      [[ " ${queue//$'\n'/ } " == *" ${id##*/} "* ]] && job[${need}]=${id##*/}
    done
    [[ ${job[${need}]:-} ]] || start+=("${need}")
  done
  if ((${#start[@]})) && [[ ! ${DRY_RUN} ]]; then
    said=$("${BUNDLE}/bin/submit.sh" "${start[@]}") || exit 1
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
  queue=$(squeue --noheader --me --states=PENDING,RUNNING,SUSPENDED --format='%F %j') || return
  while read -r name id; do
    [[ $'\n'${queue} == *$'\n'"${id} "* ]] && end+=("${name}")
  done <"${RUNS}/started"
  while read -r _ name; do # our own rows have ended, though Slurm may not know it yet
    [[ ${name} == "${DEPLOYMENT}-"* ]] || continue
    name=${name#"${DEPLOYMENT}-"}
    [[ ${name} == "${CLIENT}.${EXPERIMENT}"* ]] && continue
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
  ((status)) && remedy "${said}" >&2
  return "${status}"
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
  mkdir -p -- "${RUN}/${CLIENT}/${id}"
  printf '%(%FT%T%z)T submit %s %s\n' -1 "${EXPERIMENT}" "${id}" >>"${RUN}/actions.log"
  for row in "$@"; do
    echo "${id}_${row}" >"${LEDGER}/.new" && mv -T -- "${LEDGER}/.new" "${LEDGER}/${row}" || exit 73
    RUNNING[${row}]=${id} ID[${row}]=${id}_${row}
    unset "ENDED[${row}]"
  done
  echo "${EXPERIMENT} ${id}: rows $*${SERVER[$1]:+ with ${SERVER[$1]}}"
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
ask() { # Slurm, not more often than every 30 s: what it has lost twice will leave no word
  local queue row
  ((SECONDS >= NEXT)) || return
  NEXT=$((SECONDS + 30 + RANDOM % 10))
  queue=$(squeue --noheader --me --array --format=%i) || return # it may be starting again
  for row in "${!RUNNING[@]}"; do
    [[ " ${queue//$'\n'/ } " == *" ${ID[${row}]} "* ]] && LOST[${row}]='' && continue
    LOST[${row}]+=x
    [[ ${LOST[${row}]} == xx ]] || continue
    ENDED[${row}]=" exit ?: without a word: killed, or cancelled before it began"
    settle "${row}"
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
  local row same
  QUEUE=$(squeue --noheader --me --array --format=%i) || exit 1
  ls -- "${RUNS}" >/dev/null 2>&1 # makes a network file system look again
  for row in "$@"; do
    if [[ ${ID[${row}]:-} && ! ${ENDED[${row}]:-} ]] &&
      [[ " ${QUEUE//$'\n'/ } " == *" ${ID[${row}]} "* ]]; then
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
        if submit "${group[@]}"; then ORDER=("${ORDER[@]:1}") && refused=0 && continue; fi
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
