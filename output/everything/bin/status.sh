#!/bin/bash
# Show what the deployment's jobs are doing.
# Made by hpcgen, do not edit: change everything.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='everything'
RUN_ROOT="${HOME}"
JOBS=(llm cache vectors db monitoring metrics dashboards llm-bench cache-bench vectors-bench
  db-bench)
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/status.sh [--why]
Shows every job of this deployment: JOB, ID, STATE and DETAIL. The state is Slurm's; READY is a
service that has proved to work; at the end it is COMPLETED, FAILED or CANCELLED, and ENDED for a
job that could not say how. --why adds what Slurm knows: why a pending job waits and when it should
start, what a running one uses, how an ended one ended, and with how much memory where the site
keeps accounts."
WHY=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  --why) WHY=yes && shift ;;
esac
(($#)) && echo "${usage}" >&2 && exit 64

# Each start of a job has a line, and each part of a heterogeneous one; not the rest of its array.
recorded() { # ID: how it ended, where the site keeps accounts, and once they know
  sacct --noheader --parsable2 --duplicates --units=K "--jobs=$1" \
    --format=JobIDRaw,JobID,State,ExitCode,Start,End,NodeList,MaxRSS 2>/dev/null |
    awk -F'|' -v id="$1" '
      function tell() { if (job) said = said job (most ? " MaxRSS=" most "K" : "") "\n"; job = "" }
      $1 !~ /[.]/ { tell() }
      $1 == id || $2 ~ "^" id "[+][0-9]+$" {
        if ($6 == "Unknown") { running = 1; exit }
        job = "    JobId=" $1 " JobState=" $3 " ExitCode=" $4
        job = job " StartTime=" $5 " EndTime=" $6 " NodeList=" $7
        most = 0 }
      $8 + 0 > most { most = $8 + 0 } # the largest of its steps
      END { tell(); if (!running) printf "%s", said }'
}
known() { # ID: how it stands, or has stood until Slurm forgot it, some minutes after its end
  scontrol --oneliner show job "$1" 2>/dev/null | awk -v id="$1" '
    $1 == "JobId=" id || index($0, " HetJobId=" id " ") {
      line = "   "
      for (i = 1; i <= NF; i++)
        if ($i ~ /^(JobId|JobState|Reason|Dependency|Restarts|ExitCode|(Start|End)Time|NodeList)=/)
          line = line " " $i
      print line }'
}
why() { # ID: what Slurm says of it, and what a running job uses
  local said=''
  [[ ${STATE[$1]:-} ]] || said=$(recorded "$1")
  [[ ${said} ]] || said=$(known "$1")
  echo "${said:-    Slurm has forgotten it}"
  sstat --noheader --parsable2 --allsteps --jobs="$1" --format=JobID,MaxRSS,AveCPU 2>/dev/null |
    sed 's/^/    uses: /'
}

declare -A STATE=() DETAIL=()
outcome() { # DIRECTORY: sets state and detail by what the job has left
  detail=$(<"$1/ended")
  case ${detail} in
    *' exit 0: '*) state=COMPLETED ;;
    *' exit 143: '*) state=CANCELLED ;;
    *) state=FAILED ;;
  esac
}
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
