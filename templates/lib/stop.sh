# The job that was submitted together with this one, else the one that serves now.
if [[ " ${HPCGEN_JOBS:-}" =~ " ${SERVICE}="([0-9]+) ]]; then
  JOB=${BASH_REMATCH[1]}
else
  JOB=$(sed -n 's/^JOB_ID=//p' "${RUN}/${SERVICE}/current/endpoint" 2>/dev/null)
fi
if [[ ! ${JOB} ]]; then
  REASON="no job serves ${SERVICE}"
  exit 0
fi
ASKED='' STATE=''
while [[ ${STATE} != ended* ]]; do # Slurm may not answer for a while, so ask until it has taken it
  if [[ ! ${ASKED} ]]; then
    scancel --state=PENDING "${JOB}" 2>/dev/null # or tasks of an array that have not begun
    scancel --batch --signal=USR1 "${JOB}" 2>/dev/null && ASKED=${SECONDS}
  fi
  if [[ ${ASKED} && ${STATE} == running* ]] && ((SECONDS - ASKED > GRACE + 10)); then
    scancel "${JOB}"
    die 69 "job ${JOB} did not end when asked, and was cancelled"
  fi
  sleep 1 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
  STATE=$(job_state "${JOB}")
done
REASON="job ${JOB} has ended"
