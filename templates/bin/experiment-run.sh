# What is to run: not what has ended well, and not what runs already. Each GROUP asks for the same.
declare -A RUNNING=() LOST=() GROUP=()
ORDER=() NEXT=$((SECONDS + 30))
QUEUE=$(squeue --noheader --me --array --format=%i) || exit 1
for row in "$@"; do
  if [[ ${ID[${row}]:-} && ! ${ENDED[${row}]:-} ]] &&
    [[ " ${QUEUE//$'\n'/ } " == *" ${ID[${row}]} "* ]]; then
    RUNNING[${row}]=${ID[${row}]%_*}
  elif [[ ${HOW} == --again ]] || ! is_done "${row}"; then
    same=${OPTIONS[${row}]:- }
    [[ ${GROUP[${same}]:-} ]] || ORDER+=("${same}")
    GROUP[${same}]+=" ${row}"
  fi
done

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
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN} HPCGEN_JOBS='' AFTER=''
((${#ORDER[@]})) && serve "${SERVERS[@]}"
while ((${#RUNNING[@]} + ${#ORDER[@]})); do
  if ((${#ORDER[@]})); then
    read -ra group <<<"${GROUP[${ORDER[0]}]}"
    if has_room "${#group[@]}"; then
      if submit "${group[@]}"; then ORDER=("${ORDER[@]:1}") && continue; fi
      ((${#RUNNING[@]})) || { echo "sbatch refuses the rows ${group[*]}" >&2; exit 1; }
    fi
  fi
  sleep 2 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
  look
  ask
  [[ -s ${RUNS}/driver ]] || { echo "bin/cancel.sh has ended it" >&2; break; }
done
[[ ${DRY_RUN} ]] && exit 0

dismiss
list "${ROWS[@]}" >"${RUNS}/runs.tsv"
echo "table: ${RUNS}/runs.tsv; results: ${RUN}/results/${CLIENT}"
FAILED=()
for row in "$@"; do is_done "${row}" || FAILED+=("${row}"); done
((${#FAILED[@]})) || exit 0
echo "these rows have not ended well: ${FAILED[*]}" >&2
exit 1
