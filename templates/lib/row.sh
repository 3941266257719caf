# The row of the experiment that this task of an array is: what differs from row to row is in ROW.
N=${SLURM_ARRAY_TASK_ID:-}
[[ ${N} =~ ^[1-9][0-9]{0,5}$ ]] ||
  die 78 "it runs rows of a table; submit it with bin/run-${EXPERIMENT}.sh, or sbatch --array=ROW"
reviewed "experiments/${EXPERIMENT}.tsv" "${TABLE}" "${HERE}"
declare -A ROW=()
{ IFS=$'\037' read -ra HEADS && IFS=$'\037' read -ra CELLS; } < <(
  sed -n "1p;$((N + 1))p" -- "${HERE}/${EXPERIMENT}.tsv" | tr '\t' '\037')
[[ ${CELLS[0]:-} == "${N}" ]] || die 78 "there is no row ${N} in experiments/${EXPERIMENT}.tsv"
TOLD='' JSON=''
for I in "${!HEADS[@]}"; do
  printf -v CELL %b "${CELLS[I]:-}" # escaped as JSON has it
  ROW[${HEADS[I]}]=${CELL}
  [[ ${FIELDS[${HEADS[I]}]:-} ]] || continue
  TOLD+=" ${HEADS[I]}=${CELLS[I]:-}"
  [[ ${FIELDS[${HEADS[I]}]} == json ]] || CELL="\"${CELLS[I]//\"/\\\"}\""
  JSON+="${JSON:+, }\"${HEADS[I]}\": ${CELL}"
done
echo "row ${ROW[row]} of ${EXPERIMENT}:${TOLD}" | tee -- "${HERE}/row"
printf '{ "experiment": "%s", "row": %d, "fields": { %s } }\n' "${EXPERIMENT}" "${N}" "${JSON}" \
  >"${RESULTS}/row.json"
RUNS=${RUN}/experiments/${EXPERIMENT} # where bin/run-${EXPERIMENT}.sh looks for what a row has left
mkdir -p -- "${RUNS}" && ln -sfnT -- "${HERE}" "${RUNS}/${SLURM_ARRAY_JOB_ID:-}_${N}"
