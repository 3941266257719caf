start_replica() { # NUMBER: run this script again, as that replica, on its node
  local node=${NODES[($1 - FIRST) / PER_NODE]}
  "${ON_REPLICA[@]}" --nodelist "${node}" bash "${HERE}/script" "$1" </dev/null &
  STEPS[$!]=$1
}
serving() { # the endpoints that there are, one a line
  ls -- "${HERE}"/replicas/*/endpoint 2>/dev/null
}
has_node() { # NODE: it is the job's still; with --no-kill a job goes on without one that has failed
  local nodes
  nodes=$(squeue --noheader --jobs="${SLURM_JOB_ID}" --format=%N 2>/dev/null | paste -sd,)
  [[ ! ${nodes} ]] || scontrol show hostnames "${nodes}" | grep -qxF -- "$1"
}
guard_replicas() { # where this script is killed, its sruns still ask the replicas to end
  trap '' USR1
  tail --pid="$$" -f /dev/null
  kill -USR1 0
}
bury() { # STEP: say how its replica has ended, and start that again where it may
  local left node number=${STEPS[$1]} status
  node=${NODES[(number - FIRST) / PER_NODE]}
  wait "$1"
  status=$?
  unset "STEPS[$1]"
  rm -f -- "${HERE}/replicas/${number}"/{endpoint,step}
  left=$(serving | wc -l)
  log "replica ${number} has ended with ${status}, ${left} of ${REPLICAS} serve"
  [[ ${READY} ]] || die "$((status ? status : 69))" "replica ${number} has ended before all were ready"
  has_node "${node}" || { log "replica ${number} is given up: ${node} has failed"; return; }
  ((STARTS[number]++ < MAX_RESTARTS)) || die 69 "replica ${number} has died $((STARTS[number])) times"
  start_replica "${number}"
}
lost_too_many() { # end the job where too few serve, and others will not, or not in time
  local left
  left=$(serving | wc -l)
  if [[ ! ${READY} || ${left} -ge ${MIN_HEALTHY} ]]; then
    ENOUGH=${SECONDS}
    return
  fi
  ((${#STEPS[@]} >= MIN_HEALTHY)) ||
    die 69 "${left} replicas serve, and min_healthy is ${MIN_HEALTHY}"
  ((SECONDS - ENOUGH <= READY_TIMEOUT)) ||
    die 69 "fewer than min_healthy, ${MIN_HEALTHY}, have served for ${READY_TIMEOUT} s"
}
publish_first() { # the endpoint of the service is that of the first replica which serves
  local first ip port
  first=$(serving | head -n 1)
  [[ ${first} ]] || { rm -f -- "${HERE}/endpoint"; return; }
  [[ -e ${HERE}/../current/endpoint ]] && cmp -s -- "${first}" "${HERE}/endpoint" && return
  cp -- "${first}" "${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/endpoint" && make_current
  [[ -e ${HERE}/../current/endpoint ]] || die 73 "cannot write ${HERE}"
  [[ ${READY} ]] && return
  READY=yes ip=$(sed -n 's/^HOST=//p' "${first}") port=$(sed -n 's/^PORT=//p' "${first}")
  printf '%s\n' "SLURM_JOB_ID: ${SLURM_JOB_ID}" "HEAD NODE: ${HOSTNAME}" "IP ADDRESS: ${ip}" \
    "SSH TUNNEL: ${TUNNEL} -NL ${port}:${ip}:${port}"
  log "ready: ${REPLICAS} replicas"
}
# shellcheck disable=SC2329 # traps call it
finish_all() { # STATUS: the job's one way out: withdraw, have each replica end in order, say how it ended
  trap - EXIT && trap '' TERM INT USR1
  local status=$1 deadline=$((SECONDS + GRACE + 3))
  rm -f -- "${HERE}/endpoint"
  # Each srun passes it on to its replica, where a TERM would have it kill that. Slurm would tell
  # all steps of the job: in an allocation one of them is ours, whose guard must not be killed.
  kill -USR1 "${!STEPS[@]}" 2>/dev/null
  while kill -0 "${!STEPS[@]}" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.2; done
  kill -KILL "${!STEPS[@]}" 2>/dev/null && log "killed what was left of the replicas"
  rm -f -- "${HERE}"/replicas/*/{endpoint,step}
  log "exit ${status}: ${REASON:-}" | tee -- "${HERE}/ended"
  exit "${status}"
}

if [[ ! ${REPLICA} ]]; then
  HERE=${RUN}/${NAME}/${SLURM_JOB_ID}
  STEPS=() STARTS=() READY='' ENOUGH=${SECONDS}
  mkdir -p -- "${HERE}" || die 73 "cannot write ${HERE}"
  rm -rf -- "${HERE}"/{endpoint,ended,replicas,slurm-state} # of an earlier start
  ln -sfT -- "$(readlink "/proc/$$/fd/1")" "${HERE}/job.log"
  trap 'finish_all $?' EXIT
  trap 'REASON="asked to end"; finish_all 0' USR1
  trap 'REASON=terminated; finish_all 143' TERM INT # an exit would cut an EXIT trap short
  chmod 700 -- "${RUN}" || die 73 "${RUN} belongs to somebody else"
  cp -f -- "${BASH_SOURCE[0]}" "${HERE}/script" || die 73 "cannot write ${HERE}"
  [[ ${SLURM_ARRAY_TASK_ID:-} ]] && echo "replica ${FIRST}" >"${HERE}/row" # bin/status.sh tells it
  export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
  [[ ${REPLICAS} =~ ^[1-9][0-9]{0,4}$ ]] || die 78 "HPCGEN_REPLICAS=${REPLICAS@Q} is no number"
  mapfile -t NODES < <(scontrol show hostnames "${NODE_LIST}")
  ((${#NODES[@]} * PER_NODE >= REPLICAS)) ||
    die 78 "${REPLICAS} replicas, ${PER_NODE} on a node, and these nodes: ${NODES[*]}"
  ((MIN_HEALTHY > REPLICAS)) && MIN_HEALTHY=${REPLICAS} # as an allocation may have it
  guard_replicas &
  for ((i = FIRST; i < FIRST + REPLICAS; i++)); do start_replica "${i}"; done
  while :; do
    for STEP in "${!STEPS[@]}"; do kill -0 "${STEP}" 2>/dev/null || bury "${STEP}"; done
    lost_too_many
    [[ ${READY} || $(serving | wc -l) == "${REPLICAS}" ]] && publish_first
    sleep 0.5 &
    wait "$!" # a signal ends a wait at once, a sleep only when it is over
  done
fi
# Of which step it is, for bin/serve.sh to end it where nobody else is left to.
HERE=${RUN}/${NAME}/${SLURM_JOB_ID}/replicas/${REPLICA}
mkdir -p -- "${HERE}"
echo "${SLURM_STEP_ID:-}" >"${HERE}/step"
