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
