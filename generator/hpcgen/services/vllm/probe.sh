models() { # [CURL OPTION...]: what vLLM answers when asked for its models, and the HTTP status
  curl --noproxy '*' --silent --max-time 5 --write-out ' %{http_code}' "$@" \
    "http://${IP}:${PORT}/v1/models"
}
probe() { # vLLM lists our model to whoever has our key, and to nobody else; prints what it said
  local answer
  answer=$(models --config - <<<"header = \"Authorization: Bearer ${API_KEY}\"")
  [[ ${answer} == *"\"id\":\"${SERVED_MODEL}\""*' 200' ]] ||
    { echo "GET /v1/models is answered with ${answer:0:200}"; return 1; }
  [[ $(models) == *' 401' ]] || { echo "GET /v1/models is answered without the key"; return 1; }
}
