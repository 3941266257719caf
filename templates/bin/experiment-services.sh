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
