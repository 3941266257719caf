#!/bin/bash
# End the deployment in order.
# Made by hpcgen, do not edit: change stack.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='stack'
RUN_ROOT="${HOME}"
JOBS=(bench)
GRACE=25
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/cancel.sh [JOB...]
Ends the jobs of this deployment, all or those named, in order: ${JOBS[*]}. A running one is
asked first, so that it saves its data, and cancelled when it has not ended in time."
[[ ${1:-} == -h || ${1:-} == --help ]] && echo "${usage}" && exit 0
for name in "$@"; do
  [[ " ${JOBS[*]} " == *" ${name} "* ]] || { echo "${usage}" >&2; exit 64; }
done
(($#)) || set -- "${JOBS[@]}"

unfinished() { # STATES: ids of jobs that we recorded, that bear our names and that Slurm still has
  local id name
  while IFS='|' read -r id name; do
    name=${name#"${DEPLOYMENT}-"} name=${name%%.*}
    [[ " ${WANTED} " == *" ${name} "* && -d ${RUN}/${name}/${id} ]] && echo "${id}"
  done < <(squeue --noheader --me --states="$1" --format='%A|%j')
}
WANTED=$*
mapfile -t PENDING < <(unfinished PENDING)
mapfile -t RUNNING < <(unfinished RUNNING,SUSPENDED)
((${#PENDING[@]} + ${#RUNNING[@]})) || { echo "nothing of this deployment is running"; exit 0; }
((${#PENDING[@]})) && scancel --state=PENDING "${PENDING[@]}" # others of an array may run
((${#RUNNING[@]})) && scancel --batch --signal=USR1 "${RUNNING[@]}"
printf '%(%FT%T%z)T cancel %s\n' -1 "${PENDING[*]} ${RUNNING[*]}" >>"${RUN}/actions.log"
for ((waited = 0; waited < GRACE + 10; waited++)); do
  mapfile -t LEFT < <(unfinished PENDING,RUNNING,SUSPENDED,COMPLETING)
  ((${#LEFT[@]})) || { echo "ended: ${PENDING[*]} ${RUNNING[*]}"; exit 0; }
  sleep 1
done
echo "did not end when asked, cancelled: ${LEFT[*]}" >&2
scancel "${LEFT[@]}"
exit 1
