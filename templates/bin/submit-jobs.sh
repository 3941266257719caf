submit() { # JOB: prints its id; it starts when those it needs have started, and others have ended
  local need name id after='' ended='' options=(--parsable --export=ALL "--chdir=${RUN}/logs")
  for need in ${NEEDS[$1]:-}; do
    name=${need%_0} # of a job array the first task is enough
    id=${IDS[${JOB_OF[${name}]:-${name}}]:-}
    [[ ${id} ]] || continue
    after+=:${id}${need#"${name}"}
    export HPCGEN_JOBS="${HPCGEN_JOBS:-} ${name}=${id}"
  done
  for need in ${AFTER[$1]:-}; do
    [[ ${IDS[${need}]:-} ]] && ended+=:${IDS[${need}]}
  done
  after=${after:+after${after}}${after:+${ended:+,}}${ended:+afterany${ended}}
  [[ ${after} ]] && options+=("--dependency=${after}")
  if [[ ${DRY_RUN} ]]; then
    printf 'sbatch%s\n' "$(printf ' %q' "${options[@]}" "${BUNDLE}/jobs/$1.sbatch")" >&2
    echo "JOB_ID_OF_$1"
  else
    batch "${options[@]}" "${BUNDLE}/jobs/$1.sbatch"
  fi
}

if [[ ! ${DRY_RUN} ]]; then
  mkdir -p -- "${RUN}/logs" && chmod 700 -- "${RUN}" || exit 73
  for file in "${FILES[@]}"; do keep "${file}" || exit 73; done
fi
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
declare -A IDS=()
for name in "${JOBS[@]}"; do
  [[ " $* " == *" ${name} "* ]] || continue
  id=$(submit "${name}")
  status=$?
  if ((status == 75)); then
    echo "Slurm does not answer, so ${name} may be submitted or not; what was submitted stays" >&2
    exit 75
  elif ((status)); then
    echo "sbatch refused ${name}; what was submitted stays" >&2
    exit 1
  fi
  IDS[${name}]=${id%%;*}
  [[ ${DRY_RUN} ]] && continue
  record "${name}" "${IDS[${name}]}"
  printf '%(%FT%T%z)T submit %s %s\n' -1 "${name}" "${IDS[${name}]}" >>"${RUN}/actions.log"
  echo "${name} ${IDS[${name}]}"
done
[[ ${DRY_RUN} ]] || echo "next: bin/status.sh, bin/logs.sh; files: ${RUN}" >&2
