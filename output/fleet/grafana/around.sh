# What is done around dashboards: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
says() { # Grafana's own word on how it is
  curl --disable --noproxy '*' --silent --max-time 5 "http://${IP}:${PORT}/api/health" | tr -d ' \n'
}
