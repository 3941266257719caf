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
    printf '%s\n' "${start[@]}" >>"${RUNS}/started"
    said=$("${BUNDLE}/bin/submit.sh" "${start[@]}" 2>/dev/null) || exit 1
    echo "${said}"
    while read -r need id; do job[${need}]=${id}; done <<<"${said}"
  fi
  for need in "${NEEDS[@]}"; do
    id=${job[${JOB_OF[${need}]:-${need}}]:-}
    HPCGEN_JOBS+="${id:+ ${need}=${id}}" AFTER+=${id:+:${id}}
  done
}
dismiss() { # what serve has submitted, unless something else may use it
  local name said started
  [[ -s ${RUNS}/started ]] || return
  mapfile -t started <"${RUNS}/started"
  said=$(squeue --noheader --me --format=%j) || return
  while read -r name; do
    [[ ${name} == "${DEPLOYMENT}-"* ]] || continue
    [[ " ${SERVERS[*]} " == *" ${name#"${DEPLOYMENT}-"} "* ]] && continue
    echo "${name} runs still, so ${started[*]} stays; end it with bin/cancel.sh"
    return
  done <<<"${said}"
  "${BUNDLE}/bin/cancel.sh" "${started[@]}" && rm -f -- "${RUNS}/started"
}
