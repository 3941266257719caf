usage="usage: bin/clean.sh [--older-than=DAYS] [--data] [--forgotten] --yes
Removes the files of this deployment's jobs that have ended, of all or of those that ended more
than DAYS ago; results are kept. --data removes the kept data, the passwords, the results and what
Prometheus has measured too. A job that Slurm does not know, and that left no word on how it ended,
keeps its files unless --forgotten says that you have made sure that it does not run.
Without --yes it only says what it would do. Status 75: Slurm cannot tell of a job, or at all."
DATA='' YES='' DAYS='' FORGOTTEN=''
for option in "$@"; do
  case ${option} in
    --data) DATA=yes ;;
    --forgotten) FORGOTTEN=yes ;;
    --yes) YES=yes ;;
    --older-than=*[0-9]) DAYS=${option#*=} ;;
    -h | --help)
      echo "${usage}"
      exit 0
      ;;
    *)
      echo "${usage}" >&2
      exit 64
      ;;
  esac
done
if [[ ! ${DAYS} =~ ^[0-9]{0,4}$ || (${DATA} && ${DAYS}) ]]; then
  echo "${usage}" >&2
  exit 64
fi

doom() { # NAME DIRECTORY: what a job that has ended has left
  local log
  [[ ! ${DAYS} || $(find "$2" -maxdepth 0 -mtime "+${DAYS}") ]] || return
  DOOMED+=("$2" "${RUN}/logs/${DEPLOYMENT}-$1"*"-${2##*/}.log" "${RUN}/targets/"*"@${2##*/}."*
    "${RUN}/data/$1/.owner/${2##*/}."* "${RUN}/data/$1/.new-"*/"${2##*/}."*)
  for log in "$2"/job.{log,err}; do # whatever the recipe calls them
    log=$(readlink -- "${log}") || continue
    log=${RUN}/logs/${log##*/}
    [[ ${log} == */"${DEPLOYMENT}-$1"*"-${2##*/}.log" ]] || DOOMED+=("${log}")
  done
}

judge() { # NAME DIRECTORY: what becomes of the files of one job
  local answer id=${2##*/}
  answer=$(job_state "${id}" "$(cluster_of "$2")" "${QUEUE}")
  case ${answer} in
    ended*)
      remember_end "$2" "${answer#* }"
      doom "$1" "$2"
      ;;
    running*)
      if [[ ${DATA} ]]; then
        echo "$1 has not ended; first: bin/cancel.sh" >&2
        exit 1
      fi
      ;;
    *)
      if [[ ${FORGOTTEN} ]]; then
        doom "$1" "$2"
        return
      fi
      echo "$1 ${id} may still run: ${answer#* }; where you know that it does not: --forgotten" >&2
      STATUS=75
      ;;
  esac
}

STATUS=0 DOOMED=()
QUEUE=$(slurm_jobs --me)
need_answer "${QUEUE}" "$?"
SLURM_CLUSTER_NAME=$(cluster_name)
for name in "${JOBS[@]}"; do
  mapfile -t DIRECTORIES < <(directories_of "${name}")
  for directory in "${DIRECTORIES[@]}"; do
    judge "${name}" "${directory}"
  done
  [[ ${DAYS} || -e ${RUN}/${name}/array/endpoint ]] || DOOMED+=("${RUN}/${name}/array")
  [[ ${DATA} ]] && DOOMED+=("${RUN}"/{data,results,tsdb}/"${name}" "${RUN}/secrets/${name}."*)
done
if [[ ${DATA} ]]; then
  ((STATUS)) && exit "${STATUS}"
  for holder in "${RUN}"/data/*/.owner/*; do # one whose record was removed, perhaps
    [[ -e ${holder} && ! ${FORGOTTEN} ]] || continue
    IFS=. read -r job _ cluster start <<<"${holder##*/}"
    answer=$(job_state "=${job}" "${cluster}" "${QUEUE}" "${start}")
    [[ ${answer} == ended* ]] && continue
    echo "job ${job} holds ${holder%/.owner/*}: ${answer#* }" >&2
    exit 75
  done
  DOOMED+=("${RUN}"/{experiments,secrets/.exporters.password}) # which rows have run
fi
for path in "${DOOMED[@]}"; do
  [[ ${path} && -e ${path} ]] || continue
  echo "${YES:+removed }${path}"
  [[ ${YES} ]] && rm -rf -- "${path}"
done
if [[ ${YES} ]]; then
  printf '%(%FT%T%z)T clean %s\n' -1 "$*" >>"${RUN}/actions.log"
else
  echo 'nothing was removed; add --yes' >&2
fi
exit "${STATUS}"
