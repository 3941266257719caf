"""Grafana dashboards: the YAML that people write, and the JSON that Grafana reads."""
