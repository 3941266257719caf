# One server after the other, each with all of its rows: the target is one service, of one name.
declare -A OF=()
STAND=()
for row in "$@"; do
  [[ ${OF[${SERVER[${row}]}]:-} ]] || STAND+=("${SERVER[${row}]}")
  OF[${SERVER[${row}]}]+=" ${row}"
done
serve "${SERVERS[@]}"
OTHERS=${HPCGEN_JOBS} OTHERS_AFTER=${AFTER}
for server in "${STAND[@]}"; do
  read -ra rows <<<"${OF[${server}]}"
  choose "${rows[@]}"
  ((${#RUNNING[@]} + ${#ORDER[@]})) || continue
  HPCGEN_JOBS=${OTHERS} AFTER=${OTHERS_AFTER}
  stand "${server}"
  run
  [[ ${DRY_RUN} || -s ${RUNS}/driver ]] || break
  GROUP=()
  fall
done
[[ ${DRY_RUN} ]] || fall
