configure() { mkdir -p -- "${MODELS}" || die 73 "cannot write ${MODELS}"; } # for the container to see
