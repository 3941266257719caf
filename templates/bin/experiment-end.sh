[[ ${DRY_RUN} ]] && exit 0

dismiss
list "${ROWS[@]}" >"${RUNS}/runs.tsv"
echo "table: ${RUNS}/runs.tsv; results: ${RUN}/results/${CLIENT}"
FAILED=()
for row in "$@"; do is_done "${row}" || FAILED+=("${row}"); done
((${#FAILED[@]})) || exit 0
echo "these rows have not ended well: ${FAILED[*]}" >&2
exit 1
