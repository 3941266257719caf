probe() { # Prometheus is ready for whoever has our password, and for nobody else
  [[ $(answers) == '200 401' ]] || { echo "Prometheus answers $(answers)"; return 1; }
}
