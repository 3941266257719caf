"""Grafana: a dashboard as people write it, and as the JSON that Grafana reads."""
