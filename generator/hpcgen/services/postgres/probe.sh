probe() { # PostgreSQL answers our user, from an image that is not unpacked; else says why not
  timeout -k 1 10 "${CONTAINER[@]/#--[ut]*/--no-home}" --bind "${NODE_DIR}:/tmp" "${IMAGE}" \
    bash /tmp/ready.sh 2>&1
}
