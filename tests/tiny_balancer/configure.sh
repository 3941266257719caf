backends() { # [HOST PORT]...: a line for each
  (($#)) || return 0
  printf '%s %s\n' "$@"
}
configure() { # no replica yet
  BACKENDS=${NODE_DIR}/backends
  : >"${BACKENDS}" || die 73 "cannot write ${NODE_DIR}"
}
