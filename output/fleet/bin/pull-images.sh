#!/bin/bash
# Fetch the images that the deployment runs.
# Made by hpcgen, do not edit: change fleet.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
PROGRAM='apptainer'
SOURCES=(docker://envoyproxy/envoy:v1.40.0 docker://grafana/grafana:12.3.0
  docker://prom/node-exporter:v1.9.1 docker://prom/prometheus:v3.5.0 docker://python:3.13.1-slim
  docker://registry.hf.space/burtenshaw-openenv-benchmark:latest)
IMAGES=("${HOME}/containers/envoy_v1.40.0.sif" "${HOME}/containers/grafana_12.3.0.sif"
  "${HOME}/containers/node-exporter_v1.9.1.sif" "${HOME}/containers/prometheus_v3.5.0.sif"
  "${HOME}/containers/python_3.13.1-slim.sif"
  "${HOME}/containers/burtenshaw-openenv-benchmark_latest.sif")

has() { [[ -r $1 ]]; } # IMAGE

pull() { # SOURCE IMAGE: whole, or not there
  mkdir -p -- "${2%/*}" || return 73
  "${PROGRAM}" pull --force "$2.part" "$1" || return 1
  mv -T -- "$2.part" "$2" || return 73
}

if (($#)); then
  echo "usage: bin/pull-images.sh
Fetches the images that are not there yet: ${SOURCES[*]}"
  [[ $1 == -h || $1 == --help ]] && exit 0
  exit 64
fi
for i in "${!SOURCES[@]}"; do
  has "${IMAGES[i]}" && echo "there already: ${IMAGES[i]}" && continue
  echo "fetching ${SOURCES[i]}"
  pull "${SOURCES[i]}" "${IMAGES[i]}" || exit
done
