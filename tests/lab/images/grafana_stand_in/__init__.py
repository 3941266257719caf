"""Reads provisioning files and answers over HTTP as `grafana server` 12.3.0 does, without pages."""
