take_data() { # kept data has one owner: DATA/.owner, which appears by one rename and holds OWNER
  local cluster deadline=$((SECONDS + READY_TIMEOUT)) holder job settled=0 start state
  # A job that Slurm started again takes the data back from its earlier start.
  [[ ${SLURM_RESTART_COUNT:-0} != 0 ]] && rm -rf -- "${DATA}/.owner/${SLURM_JOB_ID}".*
  until mv -T -- "${DATA}/.new-${NONCE}" "${DATA}/.owner" 2>/dev/null; do
    holder=$(ls -- "${DATA}/.owner") || die 73 "cannot write ${DATA}"
    [[ ${holder} ]] || continue # it has just been released
    [[ ${holder} == "${OWNER}" ]] && break # a network file system has told us late
    IFS=. read -r job _ cluster start <<<"${holder}"
    state=$(job_state "=${job}" "${cluster}" ask "${start}")
    # A number is given twice where Slurm has lost what it knew.
    [[ ${job} == "${SLURM_JOB_ID}" ]] && state="unknown it has the number of this job"
    case ${state} in
      running*)
        die 78 "job ${job} holds ${DATA}; stop it first: bin/cancel.sh ${JOB_NAME}"
        ;;
      ended*)
        log "takes ${DATA} over from job ${job}, which has ended: ${state#* }"
        # Of several heirs only one succeeds: this name is then taken.
        mv -T -- "${DATA}/.owner" "${DATA}/.owner-${holder}" 2>/dev/null
        # Processes on a node that Slurm does not reach may run on. Within this time they see that
        # they have lost the data, and end.
        [[ ${state} == *@(NODE_FAIL|CANCELLED) ]] && settled=$((SECONDS + GRACE + 10))
        ;;
      *)
        ((SECONDS < deadline)) || die 75 "job ${job} holds ${DATA}, and may still run: \
${state#* }; where you know that it does not: rm -r ${DATA@Q}/.owner"
        log "waits, as job ${job} holds ${DATA}: ${state#* }"
        sleep $((20 + RANDOM % 10)) &
        wait "$!" # a signal ends a wait at once, a sleep only when it is over
        ;;
    esac
  done
  while ((SECONDS < settled)) && [[ ! -e ${RUN}/${NAME}/${job}/ended ]]; do
    sleep 1 &
    wait "$!" # a signal ends a wait at once, a sleep only when it is over
  done
}
