probe() { # MySQL answers our user, asked from an image that is not unpacked; else says why not
  timeout -k1 9 "${PROBE[@]}" "${BINDS[@]}" "${IMAGE}" mysql --defaults-file=/tmp/client.cnf 2>&1
}
