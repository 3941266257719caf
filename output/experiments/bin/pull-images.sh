#!/bin/bash
# Fetch the images that the deployment runs.
# Made by hpcgen, do not edit: change experiments.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
PROGRAM='apptainer'
SOURCES=(docker://redis:8.2.2)
IMAGES=("${HOME}/containers/redis_8.2.2.sif")

if (($#)); then
  echo "usage: bin/pull-images.sh
Fetches the images that are not there yet: ${SOURCES[*]}"
  [[ $1 == -h || $1 == --help ]] && exit 0
  exit 64
fi
for i in "${!SOURCES[@]}"; do
  [[ -e ${IMAGES[i]} ]] && echo "there already: ${IMAGES[i]}" && continue
  echo "fetching ${SOURCES[i]}"
  mkdir -p -- "${IMAGES[i]%/*}" || exit 73
  "${PROGRAM}" pull --force "${IMAGES[i]}.part" "${SOURCES[i]}" || exit 1
  mv -T -- "${IMAGES[i]}.part" "${IMAGES[i]}" || exit 73 # whole, or not there
done
