says() { # Grafana's own word on how it is
  curl --disable --noproxy '*' --silent --max-time 5 "http://${IP}:${PORT}/api/health" | tr -d ' \n'
}
