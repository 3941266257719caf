FLEET='' # the process that runs the replicas, once it has started
start_fleet() { # run the replicas by a script of their own, and return once all of them serve
  local endpoint=${RUN}/${BACKEND}/${SLURM_JOB_ID}/endpoint
  reviewed "services/${NAME}/replicas.sh" "${REPLICAS_SCRIPT}" "${HERE}/fleet"
  rm -f -- "${endpoint}" # of an earlier start
  export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
  set -m # a group of its own: TERMed as we are, its sruns would kill the replicas
  (export "${!SLURM_JOB_NODELIST@}"; exec bash "${HERE}/fleet/replicas.sh" </dev/null) &
  FLEET=$!
  set +m
  guard_fleet &
  until [[ -e ${endpoint} ]]; do
    lost_fleet
    sleep 0.5 &
    wait "$!" # a signal ends a wait at once, a sleep only when it is over
  done
}
guard_fleet() { # where this script is killed, the replicas are still asked to end
  trap '' TERM USR1
  tail --pid="$$" -f /dev/null
  kill -USR1 "${FLEET}" 2>/dev/null
}
lost_fleet() { # end as the replicas have, where they have
  local ended=${RUN}/${BACKEND}/${SLURM_JOB_ID}/ended status
  kill -0 "${FLEET}" 2>/dev/null && return
  wait "${FLEET}"
  status=$?
  [[ -e ${ended} ]] || die 69 "${BACKEND} has ended with ${status}, and could not say why"
  die $((status ? status : 69)) "${BACKEND} has ended: $(<"${ended}")"
}
# shellcheck disable=SC2329 # traps call it
end_fleet() { # now that nobody is sent to them
  kill -USR1 "${FLEET:-}" 2>/dev/null && wait "${FLEET}"
}
