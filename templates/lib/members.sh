STEP='' # the srun of the members, once they start
first_free() { # PORT...: the first that nobody of this node listens on
  local port
  for port; do [[ $(listeners "${port}") ]] || { echo "${port}"; return; }; done
  return 1
}
here_are() { # how many members have started, in words
  echo "$(grep -c ' is there$' -- "${HERE}/members.log") of ${MEMBERS} members are there"
}
lost() { # whether a member has ended; says which one, and how: by its own word, else by srun's
  kill -0 "${STEP:-none}" 2>/dev/null && return 1
  sed -n 's/.* \(the member on .* has ended with\)/\1/p; s/^srun: error: \(.*: task\)/\1/p' \
    "${HERE}/members.log" | head -n 1
}
end_members() { # SECONDS at which they are killed
  [[ ${STEP} ]] || return
  scancel --signal=TERM "${SLURM_JOB_ID}" 2>/dev/null # a TERMed srun would kill them
  while kill -0 "${STEP}" 2>/dev/null && ((SECONDS < $1)); do sleep 0.2; done
  kill -KILL "${STEP}" 2>/dev/null && log "killed the members"
  wait "${STEP}" 2>/dev/null ||
    timeout --kill-after=1 12 "${ON_MEMBERS[@]}" rm -rf -- "${NODE_DIR}" 2>/dev/null ||
    log "the other nodes keep ${NODE_DIR}: a cancelled job can start nothing there"
}
