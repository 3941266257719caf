probe() { # Grafana is up, and its database is well
  [[ $(says) == *'"database":"ok"'* ]] || { echo "Grafana answers $(says)"; return 1; }
}
