# shellcheck source=/dev/null
until . "${BUNDLE}/connections/${SERVICE}.env" 2>/dev/null; do
  for step in "${STEPS[@]}"; do
    kill -0 "${step}" 2>/dev/null && continue
    tail -n 20 -- "${LOGS}"/*"-${SLURM_JOB_ID}.log" >&2
    exit 69
  done
  sleep 2
done
echo "${SERVICE} is ready: ${NUM_WORKERS} workers (${WORKER_NODES}), balancer on ${BALANCER_NODE}" >&2
export -n "${!HPCGEN_REPLICA@}" # one submitted from within is as large as in the recipe
(($#)) || { ENDS_BY=HUP && set -- "${SHELL:-bash}"; } # to which a shell listens
{ trap : INT && trap - INT && exec "$@"; } <&0 & # beside us, or a TERM would have to wait for it
COMMAND=$!
trap '' INT # is the command's to obey
while kill -0 "${COMMAND}" 2>/dev/null; do
  if is_lost; then
    sleep 1 # what ends has said why by then, and a file system was not just slow
    if is_lost; then
      tell_lost >&2
      exit 69
    fi
  fi
  sleep 0.5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
done
wait "${COMMAND}"
