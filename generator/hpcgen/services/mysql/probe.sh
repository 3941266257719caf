probe() { # MySQL answers our user, asked from an image that is not unpacked; else says why not
  timeout -k 1 10 "${CONTAINER[@]/#--[ut]*/--no-home}" --bind "${NODE_DIR}:/tmp" "${IMAGE}" \
    mysql --defaults-file=/tmp/client.cnf --execute='DO 0' 2>&1
}
