#!/bin/bash
# Show what the deployment's jobs are doing.
# Made by hpcgen, do not edit: change fleet.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='fleet'
RUN_ROOT="${HOME}"
JOBS=(envs-replicas monitoring metrics dashboards envs scaling)
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/status.sh [--why]
Shows every job of this deployment: JOB, ID, STATE and DETAIL. The state is Slurm's; READY is a
service that has proved to work; at the end it is COMPLETED, FAILED or CANCELLED, and ENDED for a
job that could not say how. --why adds what Slurm knows: why a pending job waits and when it should
start, what a running one uses, how an ended one ended."
WHY=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  --why) WHY=yes && shift ;;
esac
(($#)) && echo "${usage}" >&2 && exit 64

outcome() { # DIRECTORY: sets state and detail by what the job has left
  detail=$(<"$1/ended")
  case ${detail} in
    *' exit 0: '*) state=COMPLETED ;;
    *' exit 143: '*) state=CANCELLED ;;
    *) state=FAILED ;;
  esac
}
why() { # ID: what Slurm says of it beyond that, and what a running one uses
  local said
  said=$(scontrol --oneliner show job "$1" 2>/dev/null | tr ' ' '\n' |
    grep -E '^(JobState|Reason|Dependency|Restarts|ExitCode|StartTime|EndTime|NodeList)=')
  [[ ${said} ]] || said=$(sacct -n --jobs="$1" --format=State,ExitCode,End,MaxRSS 2>/dev/null)
  echo "    ${said:-Slurm has forgotten it}" | tr '\n' ' '
  echo
  sstat --noheader --parsable2 --allsteps --jobs="$1" --format=JobID,MaxRSS,AveCPU 2>/dev/null |
    sed 's/^/    uses: /'
}

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
    [[ ${state} == @(ENDED|RUNNING) && -s ${directory}/ended ]] && outcome "${directory}"
    [[ -s ${directory}/row ]] && detail+="; $(<"${directory}/row")"
    printf '%-24s %-10s %-12s %s\n' "${name}" "${id}" "${state}" "${detail}"
    if [[ ${WHY} ]]; then why "${id}"; fi
  done
done
