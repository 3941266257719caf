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
