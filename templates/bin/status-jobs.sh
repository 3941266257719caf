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
