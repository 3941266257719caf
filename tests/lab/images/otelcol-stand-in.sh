#!/usr/bin/env bash
# lab: uses images/otelcol_stand_in
# lab: uses otelcol.schema.json
# A container file system in DIR ($1) that takes OTLP and writes to Prometheus as
# docker://otel/opentelemetry-collector-contrib does, which is in no registry of packages. It has
# OpenTelemetry's own SDK too, for a client that sends.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=$1/usr/local/lib/python3.11/dist-packages

debootstrap --variant=minbase --include=python3,python3-yaml bookworm "$1" "$MIRROR"
# pip is the host's, and may be another Python's than the image's.
python3 -m pip install --quiet --no-compile --only-binary :all: --python-version 3.11 \
  --target "$packages" cramjam==2.11.0 grpcio==1.76.0 jsonschema==4.25.1 \
  opentelemetry-exporter-otlp==1.38.0
rm -rf "${packages:?}/bin"
install -D -m 644 -t "$packages/otelcol_stand_in" "$here"/images/otelcol_stand_in/*.py \
  "$here/otelcol.schema.json"
install -m 755 /dev/stdin "$1/otelcol-contrib" <<'SH'
#!/bin/sh
exec python3 -m otelcol_stand_in "$@"
SH
chroot "$1" python3 -m compileall -q -j 2 /usr/lib/python3.11 /usr/local/lib/python3.11 || true
rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/usr/share/{doc,locale}
