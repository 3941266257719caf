#!/bin/bash
# Fetch the images that the deployment runs.
# Made by hpcgen, do not edit: change experiments.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
PROGRAM='apptainer'
SOURCES=(docker://redis:8.2.2)
IMAGES=("${HOME}/containers/redis_8.2.2.sif")

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
