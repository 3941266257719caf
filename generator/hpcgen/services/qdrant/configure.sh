configure() { # qdrant.yaml, which the container sees in /run/hpcgen
  printf '%s\n' 'storage: {storage_path: /data/storage, snapshots_path: /data/snapshots}' \
    "service: {host: ${IP}, http_port: ${PORT}, api_key: '${API_KEY}', ${QDRANT_SERVICE}}" \
    >"${HERE}/etc/qdrant.yaml" || die 73 "cannot write ${HERE}/etc/qdrant.yaml"
}
