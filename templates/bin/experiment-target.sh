stand() { # JOB: the target with the settings that its rows want, where it does not run already
  local directory id known='' what=''
  [[ ${DRY_RUN} ]] && echo "sbatch ${BUNDLE}/jobs/$1.sbatch" && return
  QUEUE=$(slurm_jobs --me)
  need_answer "${QUEUE}" "$?"
  [[ -s ${RUNS}/standing ]] && read -r what known <"${RUNS}/standing"
  [[ ${what} == "$1" && $(job_state "${known:-0}" '' "${QUEUE}") == running* ]] || known=''
  while read -r directory; do
    id=${directory##*/}
    [[ ${id} == "${known}" ]] && continue
    [[ $(job_state "${id}" "$(cluster_of "${directory}")" "${QUEUE}") == ended* ]] && continue
    echo "job ${id} runs ${TARGET}, and rows have their own; first: bin/cancel.sh ${TARGET}" >&2
    exit 1
  done < <(directories_of "${TARGET}")
  if [[ ! ${known} ]]; then
    known=$(batch --parsable --export=ALL "--chdir=${RUN}/logs" \
      ${AFTER:+"--dependency=after${AFTER}"} "${BUNDLE}/jobs/$1.sbatch") || exit
    known=${known%%;*}
    record "${TARGET}" "${known}"
    echo "$1 ${known}" >"${RUNS}/standing" || exit 73
    printf '%(%FT%T%z)T submit %s %s\n' -1 "$1" "${known}" >>"${RUN}/actions.log"
    echo "$1 ${known}"
  fi
  HPCGEN_JOBS+=" ${TARGET}=${known}" AFTER+=:${known}
}
fall() { # the target ends, as its rows have
  [[ -s ${RUNS}/standing ]] || return
  "${BUNDLE}/bin/cancel.sh" "${TARGET}" && rm -f -- "${RUNS}/standing"
}
