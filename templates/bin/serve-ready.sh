# shellcheck source=/dev/null
until . "${BUNDLE}/connections/${SERVICE}.env" 2>/dev/null; do
  for step in "${STEPS[@]}"; do
    kill -0 "${step}" 2>/dev/null && continue
    tail -n 20 -- "${LOGS}"/*"-${SLURM_JOB_ID}.log" >&2
    exit 69
  done
  sleep 2
done
echo "${SERVICE} is ready: ${NUM_WORKERS} workers (${WORKER_NODES}), Envoy on ${ENVOY_NODE}" >&2
(($#)) || set -- "${SHELL:-bash}"
"$@"
