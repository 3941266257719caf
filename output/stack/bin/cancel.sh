#!/bin/bash
# End the deployment in order.
# Made by hpcgen, do not edit: change stack.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='stack'
RUN_ROOT="${HOME}"
JOBS=(bench)
declare -A NEEDS=()
declare -A JOB_OF=([cache]=bench [web]=bench [cache-bench]=bench)
GRACE=25
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/cancel.sh [JOB...]
Ends the jobs of this deployment, all or those named: ${JOBS[*]}. A running one is asked as soon as
no other that needs it is left, so that clients end first, then a balancer, then its replicas, and
each saves its data; what has not ended in time is cancelled."
[[ ${1:-} == -h || ${1:-} == --help ]] && echo "${usage}" && exit 0
for name in "$@"; do
  [[ " ${JOBS[*]} " == *" ${name} "* ]] || { echo "${usage}" >&2; exit 64; }
done
(($#)) || set -- "${JOBS[@]}"

unfinished() { # STATES: ids and names of jobs that we recorded, and that Slurm still has
  local array id name # of a job array, the job that was submitted is recorded at once
  while IFS='|' read -r id array name; do
    name=${name#"${DEPLOYMENT}-"} name=${name%%.*}
    [[ " ${WANTED} " == *" ${name} "* && -d ${RUN}/${name}/${array} ]] && echo "${id} ${name}"
  done < <(squeue --noheader --me --states="$1" --format='%A|%F|%j')
}
is_needed() { # NAME: a job that is left needs what this one runs
  local left need
  for left in "${LEFT[@]}"; do
    for need in ${NEEDS[${left}]:-}; do
      need=${need%_0} # of a job array the first task is what must have started
      [[ ${JOB_OF[${need}]:-${need}} == "$1" ]] && return
    done
  done
  return 1
}
ask() { # ID NAME: ask the job to end, once nothing needs it; cancel it where it has not in time
  if [[ ! ${ASKED[$1]:-} ]]; then
    is_needed "$2" || { ASKED[$1]=${SECONDS} && scancel --batch --signal=USR1 "$1"; }
  elif ((SECONDS - ASKED[$1] > 2 * GRACE + 15)); then # what a balancer and its replicas may take
    echo "did not end when asked, cancelled: $1" >&2
    scancel "$1"
    STUCK[$1]=yes
  fi
}
WANTED=$*
declare -A ASKED=() LEFT=() STUCK=()
PENDING=$(unfinished PENDING)
ALL=$(unfinished PENDING,RUNNING,SUSPENDED | sed 's/ .*//' | tr '\n' ' ')
[[ ${ALL} ]] || { echo "nothing of this deployment is running"; exit 0; }
printf '%(%FT%T%z)T cancel %s\n' -1 "${ALL}" >>"${RUN}/actions.log"
while read -r id _; do
  [[ ${id} ]] && scancel --state=PENDING "${id}" # others of an array may run
done <<<"${PENDING}"
while :; do
  LEFT=()
  while read -r id name; do
    [[ ${STUCK[${id}]:-} ]] || LEFT[${id}]=${name}
  done < <(unfinished PENDING,RUNNING,SUSPENDED,COMPLETING)
  ((${#LEFT[@]})) || break
  for id in "${!LEFT[@]}"; do ask "${id}" "${LEFT[${id}]}"; done
  sleep 1
done
((${#STUCK[@]})) && exit 1
echo "ended: ${ALL% }"
