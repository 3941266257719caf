#!/bin/bash
# Show what the deployment's jobs are doing.
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

if (($#)); then
  echo "usage: bin/status.sh
Shows every job of this deployment: JOB, ID, STATE (Slurm's, or READY), and the node, the
reason it waits for, or how it ended."
  [[ $1 == -h || $1 == --help ]] && exit 0
  exit 64
fi
declare -A STATE=() DETAIL=()
while IFS='|' read -r id state detail; do
  STATE[${id}]=${state}
  DETAIL[${id}]=${detail}
done < <(squeue --noheader --me --format='%A|%T|%R')
printf '%-24s %-10s %-12s %s\n' JOB ID STATE DETAIL
for name in "${JOBS[@]}"; do
  for directory in "${RUN}/${name}"/[0-9]*; do
    [[ -d ${directory} ]] || continue
    id=${directory##*/}
    state=${STATE[${id}]:-ENDED}
    detail=${DETAIL[${id}]:-without a word: killed, or cancelled before it began}
    [[ -e ${directory}/endpoint && ${state} == RUNNING ]] && state=READY
    [[ ${state} == @(ENDED|RUNNING) && -s ${directory}/ended ]] &&
      state=ENDED detail=$(<"${directory}/ended")
    printf '%-24s %-10s %-12s %s\n' "${name}" "${id}" "${state}" "${detail}"
  done
done
