stand() { # JOB: the target with the settings that its rows want, where it does not run already
  local id known='' queue what=''
  [[ ${DRY_RUN} ]] && echo "sbatch ${BUNDLE}/jobs/$1.sbatch" && return
  queue=$(squeue --noheader --me --states=PENDING,RUNNING,SUSPENDED --format=%A) || exit 1
  [[ -s ${RUNS}/standing ]] && read -r what known <"${RUNS}/standing"
  [[ ${what} == "$1" && " ${queue//$'\n'/ } " == *" ${known} "* ]] || known=''
  for id in "${RUN}/${TARGET}"/[0-9]*; do
    id=${id##*/}
    [[ ${id} != "${known}" && " ${queue//$'\n'/ } " == *" ${id} "* ]] || continue
    echo "job ${id} runs ${TARGET}, and rows have their own; first: bin/cancel.sh ${TARGET}" >&2
    exit 1
  done
  if [[ ! ${known} ]]; then
    known=$(batch --parsable --export=ALL "--chdir=${RUN}/logs" \
      ${AFTER:+"--dependency=after${AFTER}"} "${BUNDLE}/jobs/$1.sbatch") || exit 1
    known=${known%%;*}
    mkdir -p -- "${RUN}/${TARGET}/${known}" && echo "$1 ${known}" >"${RUNS}/standing" || exit 73
    printf '%(%FT%T%z)T submit %s %s\n' -1 "$1" "${known}" >>"${RUN}/actions.log"
    echo "$1 ${known}"
  fi
  HPCGEN_JOBS+=" ${TARGET}=${known}" AFTER+=:${known}
}
fall() { # the target ends, as its rows have
  [[ -s ${RUNS}/standing ]] || return
  "${BUNDLE}/bin/cancel.sh" "${TARGET}" && rm -f -- "${RUNS}/standing"
}
