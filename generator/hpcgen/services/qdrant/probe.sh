get() { # PATH [CURL OPTION...]: what Qdrant answers, and the HTTP status
  curl --disable --noproxy '*' -sS --max-time 5 -w ' %{http_code} ' "${@:2}" \
    "http://${IP}:${PORT}$1"
}
probe() { # Qdrant is ready, lets in whoever has our key, and nobody else; prints what it said
  local said
  said=$(get /readyz; get /collections --config - <<<"header = \"api-key: ${API_KEY}\"")
  [[ ${said} == *' 200 '*' 200 ' ]] || { echo "GET /readyz, /collections: ${said:0:200}"; return 1; }
  [[ $(get /collections) == *' 401 ' ]] || { echo "GET /collections needs no key"; return 1; }
}
