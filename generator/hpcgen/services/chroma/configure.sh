configure() { # chroma.yaml, which the container sees in /run/hpcgen
  printf '%s\n' "listen_address: ${IP}" "port: ${PORT}" 'persist_path: /data' "${CHROMA_YAML[@]}" \
    >"${HERE}/etc/chroma.yaml" || die 73 "cannot write ${HERE}/etc/chroma.yaml"
}
