#!/bin/bash
# Show the deployment's logs.
# Made by hpcgen, do not edit: change quickstart.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='quickstart'
RUN_ROOT="${HOME}"
JOBS=(cache cache-bench)
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/logs.sh [-f] [JOB]
Shows the end of the newest log of every job, or of one: ${JOBS[*]}; -f follows it."
FOLLOW=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  -f) FOLLOW=--follow && shift ;;
esac
[[ $# == 0 || ($# == 1 && " ${JOBS[*]} " == *" $1 "*) ]] || { echo "${usage}" >&2; exit 64; }
(($#)) && JOBS=("$1")
LOGS=()
for name in "${JOBS[@]}"; do
  newest=''
  for directory in "${RUN}/${name}"/[0-9]*; do
    ((${directory##*/} > ${newest:-0})) 2>/dev/null && newest=${directory##*/}
  done
  for log in "${RUN}/${name}/${newest:-none}"/{job,"${name}"}.log; do
    [[ -r ${log} ]] && LOGS+=("${log}")
  done
done
((${#LOGS[@]})) || { echo "no logs yet below ${RUN}" >&2; exit 1; }
exec tail --lines=20 ${FOLLOW:+"${FOLLOW}"} -- "${LOGS[@]}"
