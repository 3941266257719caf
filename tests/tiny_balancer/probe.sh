probe() { # it listens, and has been told of NEEDED replicas
  local count
  assign
  (: <"/dev/tcp/${IP}/${STATE_PORT}") || { echo "nothing listens on port ${STATE_PORT}"; return 1; }
  count=$(grep -c . "${BACKENDS}")
  ((count >= NEEDED)) || { echo "${count} of ${NEEDED} replicas are there"; return 1; }
}
