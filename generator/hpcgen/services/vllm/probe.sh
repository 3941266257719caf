probe() { # vLLM lists our model to whoever has our key, and to nobody else; prints what it said
  local ask said
  ask=(curl --disable --noproxy '*' -sm5 -w ' %{http_code}' "http://${IP}:${PORT}/v1/models")
  said=$("${ask[@]}" --config - <<<"header = \"Authorization: Bearer ${API_KEY}\""; "${ask[@]}")
  [[ ${said} == *"\"id\":\"${SERVED_MODEL}\""*' 200'*' 401' ]] ||
    { echo "GET /v1/models, with the key and then without the key: ${said:0:200}"; return 1; }
}
