# shellcheck disable=SC2329 # the check of a fleet calls it
tiny_works() { # or print why not
  (: <"/dev/tcp/${TINY_STATE}") 2>/dev/null || { echo "nothing answers at ${TINY_STATE}"; return 1; }
}
# shellcheck disable=SC2329 # the check of a fleet calls it
tiny_backends() { # HOST:PORT HEALTH of each replica that it knows
  cat <"/dev/tcp/${TINY_STATE}"
}
