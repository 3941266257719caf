export GRAFANA_URL="${url}" GRAFANA_USERNAME=admin GRAFANA_PASSWORD="${secret}"
