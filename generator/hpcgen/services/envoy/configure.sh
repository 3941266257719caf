admin() { # PATH [OPTION...]: what Envoy's administration answers
  curl --disable --noproxy '*' --silent --max-time 5 --unix-socket "${NODE_DIR:-}/admin.sock" \
    "${@:2}" "http://admin$1"
}
assignment() { # [HOST PORT]...: these as Envoy's EDS has them
  printf '%s\n' 'resources:' '- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment'
  printf '  cluster_name: %s\n' "${NAME}"
  (($#)) || return 0
  printf '%s\n' '  endpoints:' '  - lb_endpoints:'
  printf '    - endpoint: {address: {socket_address: {address: %s, port_value: %s}}}\n' "$@"
}
assign() { # the replicas that have an endpoint, moved into the directory that Envoy watches
  local complete endpoint host key node port replicas=() value
  NODES=()
  ls -- "${RUN}/${BACKEND}/current/replicas/" >/dev/null 2>&1 # a network file system looks again
  for endpoint in "${RUN}/${BACKEND}/current/replicas/"*/endpoint; do
    complete='' host='' node='' port=''
    while IFS='=' read -r key value; do
      case ${key} in
        HOST) host=${value} ;;
        PORT) port=${value} ;;
        NODE) node=${value} ;;
        PROCESSES) PROCESSES=${value} ;;
        COMPLETE) complete=${value} ;;
      esac
    done 2>/dev/null <"${endpoint}"
    [[ ${complete} ]] && replicas+=("${host}" "${port}") NODES+=("${node}")
  done
  local new=${NODE_DIR}/assignment.${BASHPID} # the probe of a ready Envoy runs beside this script
  assignment "${replicas[@]}" >"${new}" || die 73 "cannot write ${NODE_DIR}"
  if cmp -s -- "${new}" "${NODE_DIR}/eds/eds.yaml"; then
    rm -f -- "${new}"
    return
  fi
  log "${#NODES[@]} of ${REPLICAS} replicas: ${NODES[*]}" >&2
  mv -T -- "${new}" "${NODE_DIR}/eds/eds.yaml" || die 73 "cannot write ${NODE_DIR}"
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
  mkdir -p -- "${NODE_DIR}/eds" || die 73 "no ${NODE_DIR}"
  assignment >"${NODE_DIR}/eds/eds.yaml" || die 73 "no ${NODE_DIR}"
  ulimit -Sn "${DESCRIPTORS}" 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
  [[ $(ulimit -n) == unlimited || $(ulimit -n) -ge ${DESCRIPTORS} ]] ||
    log "Envoy may open $(ulimit -n) descriptors, and would want ${DESCRIPTORS}"
}
