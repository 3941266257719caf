admin() { # PATH [OPTION...]: what Envoy's administration answers
  curl --disable --noproxy '*' --silent --max-time 5 --unix-socket "${NODE_DIR:-}/admin.sock" \
    "${@:2}" "http://admin$1"
}
backends() { # [HOST PORT]...: these as Envoy's EDS has them
  printf '%s\n' 'resources:' '- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'
  printf '  cluster_name: %s\n' "${NAME}"
  (($#)) || return 0
  printf '%s\n' '  endpoints:' '  - lb_endpoints:'
  printf '    - endpoint: {address: {socket_address: {address: %s, port_value: %s}}}\n' "$@"
}
configure() { # the reviewed bootstrap, at the address of this node, and no replica yet
  local text
  reviewed "envoy/${NAME}.yaml" "${BOOTSTRAP}" "${HERE}/etc"
  text=$(<"${HERE}/etc/${NAME}.yaml")
  text=${text//\"0.0.0.0\"/${IP}}
  text=${text//port_value: ${LISTENS}$'\n'/port_value: ${PORT}$'\n'}
  if [[ ! ${IN_CONTAINER} ]]; then # in one, these paths are mounts
    ln -sfT -- "${HERE}" "${NODE_DIR}/logs" || die 73 "no ${NODE_DIR}"
    text=${text//path: \/logs\//path: ${NODE_DIR}/logs/}
    text=${text//path: \/scratch\//path: ${NODE_DIR}/}
  fi
  printf '%s\n' "${text}" >"${HERE}/etc/envoy.yaml" || die 73 "cannot write ${HERE}/etc"
  BACKENDS=${NODE_DIR}/eds/eds.yaml # whose directory Envoy watches
  mkdir -p -- "${BACKENDS%/*}" || die 73 "no ${NODE_DIR}"
  backends >"${BACKENDS}" || die 73 "no ${NODE_DIR}"
  ulimit -Sn "${DESCRIPTORS}" 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
  [[ $(ulimit -n) == unlimited || $(ulimit -n) -ge ${DESCRIPTORS} ]] ||
    log "Envoy may open $(ulimit -n) descriptors, and would want ${DESCRIPTORS}"
}
