probe() { # Ollama lists the models that it has; prints what it said instead
  local answer
  answer=$(curl --disable --noproxy '*' -sS --max-time 5 "http://${IP}:${PORT}/api/tags" 2>&1)
  [[ ${answer} == '{"models":'* ]] || { echo "GET /api/tags: ${answer:0:200}"; return 1; }
}
