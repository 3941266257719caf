usage="usage: bin/logs.sh [-f | --all | --errors] [JOB]
Shows the end of the newest log of every job, or of one: ${JOBS[*]}; -f follows it. --all shows
the logs of every run, --errors the lines of all of them that tell of an error."
HOW=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  -f | --all | --errors) HOW=$1 && shift ;;
esac
[[ $# == 0 || ($# == 1 && " ${JOBS[*]} " == *" $1 "*) ]] || { echo "${usage}" >&2; exit 64; }
(($#)) && JOBS=("$1")
LOGS=()
for name in "${JOBS[@]}"; do
  ids=("${RUN}/${name}"/[0-9]*)
  mapfile -t ids < <(printf '%s\n' "${ids[@]##*/}" | sort -n)
  [[ ${HOW} == --* ]] || ids=("${ids[-1]}")
  for id in "${ids[@]}"; do
    for log in "${RUN}/${name}/${id}"/{,replicas/*/}{job.log,job.err,"${name}.log"}; do
      [[ -r ${log} ]] && LOGS+=("${log}")
    done
  done
done
((${#LOGS[@]})) || { echo "no logs yet below ${RUN}" >&2; exit 1; }
ERRORS='error|fatal|failed|traceback|exception|killed|out of memory|oom|no space left|denied'
case ${HOW} in
  --errors) exec grep --ignore-case --extended-regexp -He "${ERRORS}" -- "${LOGS[@]}" ;;
  -f) exec tail --lines=20 --follow -- "${LOGS[@]}" ;;
  *) exec tail --lines=20 -- "${LOGS[@]}" ;;
esac
