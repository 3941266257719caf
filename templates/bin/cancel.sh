usage="usage: bin/cancel.sh [JOB...]
Ends the jobs of this deployment, all or those named: ${JOBS[*]}. A running one is asked as soon as
no other that needs it is left, so that clients end first, then a balancer, then its replicas, and
each saves its data; what has not ended in time is cancelled, and so is at once one that Slurm has
suspended, for it cannot be asked. Status 1: some had to be cancelled; 75: Slurm does not answer, or
does not know a job that is not known to have ended."
if [[ ${1:-} == @(-h|--help) ]]; then
  echo "${usage}"
  exit 0
fi
for name in "$@"; do
  if [[ " ${JOBS[*]} " != *" ${name} "* ]]; then
    echo "${usage}" >&2
    exit 64
  fi
done
(($#)) || set -- "${JOBS[@]}"

unfinished() { # <QUEUE: the numbers of jobs that have not ended, on one line
  awk -v final="^(${FINAL_STATES})$" '$4 !~ final { printf "%s %s ", $1, $2 }'
}

is_recorded() { # ID
  local directory
  for directory in "${RUN}"/*/"$1"; do
    [[ -d ${directory} ]] && return
  done
  return 1
}

tasks_of() { # ID <QUEUE: TASK STATE of the job, or of each task of its array, not ended
  awk -v job="$1" -v final="^(${FINAL_STATES})$" '
    $4 ~ final { next }
    index($3, job "+") == 1 { print job, $4; next } # a heterogeneous job is asked as one
    $1 == job || $2 == job { print $3, $4 }'
}

list_jobs() { # sets LEFT, what has not ended, each by its number, to its name; and STATE of each
  local answer directory id name state task unfinished
  unfinished=" $(unfinished <<<"${QUEUE}")"
  LEFT=() STATE=() UNKNOWN=()
  for name in "${WANTED[@]}"; do
    while read -r directory; do
      id=${directory##*/}
      # Most jobs of an old deployment have ended long ago, and need no question.
      [[ -e ${directory}/ended && ${unfinished} != *" ${id} "* ]] && continue
      answer=$(job_state "${id}" "$(cluster_of "${directory}")" "${QUEUE}")
      case ${answer} in
        ended*) remember_end "${directory}" "${answer#* }" ;;
        unknown*) UNKNOWN[${id}]=${answer#* } ;;
        *)
          while read -r task state; do
            [[ ${STUCK[${task}]:-} ]] && continue # it is not waited for any more
            LEFT[${task}]=${name}
            STATE[${task}]=${state}
          done < <(tasks_of "${id}" <<<"${QUEUE}")
          ;;
      esac
    done < <(directories_of "${name}")
  done
}

is_needed() { # NAME: a job that is left needs what this one runs
  local left need
  for left in "${LEFT[@]}"; do
    for need in ${NEEDS[${left}]:-}; do
      need=${need%_0} # of a job array the first task is what must have started
      [[ ${JOB_OF[${need}]:-${need}} == "$1" ]] && return
    done
  done
  return 1
}

cancel() { # TASK WHY: end it without asking
  echo "$2, cancelled: $1" >&2
  scancel "$1"
  STUCK[$1]=yes
}

end_job() { # TASK NAME: ask it to end once nothing needs it; cancel it where it has not in time
  if [[ ${STATE[$1]} == PENDING ]]; then
    scancel --state=PENDING "$1"
  elif [[ ${STATE[$1]} == SUSPENDED ]]; then
    cancel "$1" 'is suspended, so it cannot end in order'
  elif [[ ! ${SINCE[$1]:-} ]]; then
    is_needed "$2" || SINCE[$1]=${SECONDS}
  elif ((SECONDS - SINCE[$1] > 2 * GRACE + 15)); then # what a balancer and its replicas may take
    cancel "$1" 'did not end when asked'
  fi
  if [[ ${SINCE[$1]:-} && ! ${ASKED[$1]:-} ]]; then
    scancel --batch --signal=USR1 "$1" && ASKED[$1]=yes
  fi
}

report_unrecorded() { # jobs of this bundle that run without a record, as where that was removed
  local command id said
  said=$(timeout --kill-after=1 "${SLURM_PATIENCE}" squeue --noheader --me \
    --states=PENDING,RUNNING,SUSPENDED --format='%F %o' 2>&1)
  need_answer "${said}" "$?"
  while read -r id command; do
    [[ ${command} == "${BUNDLE}/jobs/"* ]] || continue
    is_recorded "${id}" || echo "job ${id} is ${command##*/} of this bundle, and ${RUN} has no \
record of it: it is another deployment's, or the record was removed; by hand: \
scancel --batch --signal=USR1 ${id}"
  done <<<"${said}"
}

say_unknown() { # what may still run, though this script cannot end it
  local id
  for id in "${!UNKNOWN[@]}"; do
    echo "job ${id} may still run: ${UNKNOWN[${id}]}" >&2
  done
}

WANTED=("$@")
declare -A ASKED=() LEFT=() SINCE=() STATE=() STUCK=() UNKNOWN=()
QUEUE=$(slurm_jobs --me)
need_answer "${QUEUE}" "$?"
[[ $(type -t stop_drivers) ]] && stop_drivers
SLURM_CLUSTER_NAME=$(cluster_name)
list_jobs
say_unknown
UNRECORDED=$(report_unrecorded) || exit
[[ ${UNRECORDED} ]] && echo "${UNRECORDED}" >&2
if ((${#LEFT[@]} == 0)); then
  [[ ${UNRECORDED} || ${UNKNOWN[*]} ]] && exit 75
  echo 'nothing of this deployment is running'
  exit 0
fi
ALL=$(printf '%s\n' "${!LEFT[@]}" | sort -n | tr '\n' ' ')
printf '%(%FT%T%z)T cancel %s\n' -1 "${ALL}" >>"${RUN}/actions.log"
ANSWERED=${SECONDS}
while ((${#LEFT[@]})); do
  for task in "${!LEFT[@]}"; do
    end_job "${task}" "${LEFT[${task}]}"
  done
  sleep 1
  if QUEUE=$(slurm_jobs --me); then
    ANSWERED=${SECONDS}
    list_jobs
  elif ((SECONDS - ANSWERED > 2 * GRACE + 15)); then
    echo "Slurm does not answer; asked to end: ${!ASKED[*]}; may still run: ${!LEFT[*]}" >&2
    exit 75
  fi
done
[[ ${UNKNOWN[*]} ]] && exit 75
((${#STUCK[@]})) && exit 1
echo "ended: ${ALL% }"
