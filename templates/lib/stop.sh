# The job that was submitted together with this one, else the one that serves now.
[[ " ${HPCGEN_JOBS:-}" =~ " ${SERVICE}="([0-9]+) ]]
JOB=${BASH_REMATCH[1]:-$(sed -n 's/^JOB_ID=//p' "${RUN}/${SERVICE}/current/endpoint" 2>/dev/null)}
[[ ${JOB} ]] || { REASON="no job serves ${SERVICE}"; exit 0; }
scancel --state=PENDING "${JOB}" 2>/dev/null # tasks of an array that have not begun
scancel --batch --signal=USR1 "${JOB}" 2>/dev/null # it may have ended by itself
for ((waited = 0; waited < GRACE + 10; waited++)); do
  [[ $(squeue --noheader --jobs="${JOB}" --format=%A 2>/dev/null) ]] ||
    { REASON="job ${JOB} has ended"; exit 0; }
  sleep 1
done
scancel "${JOB}"
die 69 "job ${JOB} did not end when asked, and was cancelled"
