probe() { # GET of PROBE_PATH is answered with success; else prints what it was answered with
  local status
  status=$(curl --disable --noproxy '*' --silent --max-time 5 --output /dev/null \
    --write-out '%{http_code}' "http://${IP}:${PORT}${PROBE_PATH}")
  [[ ${status} == 2?? ]] || { echo "GET ${PROBE_PATH} is answered with ${status}"; return 1; }
}
