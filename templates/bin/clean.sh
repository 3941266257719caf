usage="usage: bin/clean.sh [--older-than=DAYS] [--data] --yes
Removes the files of this deployment's jobs that have ended, of all or of those that ended more
than DAYS ago; results are kept. --data removes the kept data, the passwords, the results and what
Prometheus has measured too.
Without --yes it only says what it would do."
DATA='' YES='' DAYS=''
for option in "$@"; do
  case ${option} in
    --data) DATA=yes ;;
    --yes) YES=yes ;;
    --older-than=*[0-9]) DAYS=${option#*=} ;;
    -h | --help) echo "${usage}" && exit 0 ;;
    *) echo "${usage}" >&2 && exit 64 ;;
  esac
done
[[ ${DAYS} =~ ^[0-9]{0,4}$ && ! (${DATA} && ${DAYS}) ]] || { echo "${usage}" >&2; exit 64; }
UNFINISHED=" $(squeue --noheader --me --format=%A | tr '\n' ' ')" || exit 1
DOOMED=()
for name in "${JOBS[@]}"; do
  for directory in "${RUN}/${name}"/[0-9]*; do
    [[ -d ${directory} ]] || continue
    if [[ ${UNFINISHED} == *" ${directory##*/} "* ]]; then
      [[ ${DATA} ]] && echo "${name} has not ended; first: bin/cancel.sh" >&2 && exit 1
    elif [[ ! ${DAYS} || $(find "${directory}" -maxdepth 0 -mtime "+${DAYS}") ]]; then
      DOOMED+=("${directory}" "${RUN}/logs/${DEPLOYMENT}-${name}"*"-${directory##*/}.log"
        "${RUN}/targets/"*"@${directory##*/}."*)
      for log in "${directory}"/job.{log,err}; do # whatever the recipe calls them
        log=$(readlink -- "${log}") && log=${RUN}/logs/${log##*/}
        [[ ${log} == */"${DEPLOYMENT}-${name}"*"-${directory##*/}.log" ]] || DOOMED+=("${log}")
      done
    fi
  done
  [[ ${DAYS} || -e ${RUN}/${name}/array/endpoint ]] || DOOMED+=("${RUN}/${name}/array")
  [[ ${DATA} ]] && DOOMED+=("${RUN}"/{data,results,tsdb}/"${name}" "${RUN}/secrets/${name}."*)
done
[[ ${DATA} ]] && DOOMED+=("${RUN}"/{experiments,secrets/.exporters.password}) # which rows have run
for path in "${DOOMED[@]}"; do
  [[ ${path} && -e ${path} ]] || continue
  echo "${YES:+removed }${path}"
  [[ ${YES} ]] && rm -rf -- "${path}"
done
[[ ${YES} ]] && printf '%(%FT%T%z)T clean %s\n' -1 "$*" >>"${RUN}/actions.log"
[[ ${YES} ]] || echo "nothing was removed; add --yes" >&2
