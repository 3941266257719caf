declare -A STATE=() DETAIL=()
outcome() { # DIRECTORY: sets state and detail by what the job has left
  detail=$(<"$1/ended")
  case ${detail} in
    *' exit 0: '*) state=COMPLETED ;;
    *' exit 143: '*) state=CANCELLED ;;
    *) state=FAILED ;;
  esac
}
while IFS='|' read -r id state detail; do
  STATE[${id}]=${state}
  DETAIL[${id}]=${detail}
done < <(squeue --noheader --me --format='%A|%T|%R')
printf '%-24s %-10s %-12s %s\n' JOB ID STATE DETAIL
for name in "${JOBS[@]}"; do
  for directory in "${RUN}/${name}"/[0-9]*; do
    [[ -d ${directory} ]] || continue
    id=${directory##*/}
    state=${STATE[${id}]:-ENDED}
    detail=${DETAIL[${id}]:-without a word: killed, or cancelled before it began}
    [[ -e ${directory}/endpoint && ${state} == RUNNING ]] && state=READY
    [[ ${state} == @(ENDED|RUNNING) && -s ${directory}/ended ]] && outcome "${directory}"
    [[ -s ${directory}/row ]] && detail+="; $(<"${directory}/row")"
    printf '%-24s %-10s %-12s %s\n' "${name}" "${id}" "${state}" "${detail}"
    if [[ ${WHY} ]]; then why "${id}"; fi
  done
done
