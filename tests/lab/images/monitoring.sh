#!/usr/bin/env bash
# A container file system with Prometheus and its exporters in DIR ($1), standing in for
# docker://prom/prometheus and the images of the exporters: each program has the name and the place
# that it has there.
set -euo pipefail
packages=prometheus,prometheus-node-exporter,prometheus-redis-exporter,prometheus-mysqld-exporter
debootstrap --variant=minbase --include="$packages" trixie "$1" "$MIRROR"
for name in node redis mysqld; do
  ln -s "prometheus-$name-exporter" "$1/usr/bin/${name}_exporter"
done
ln -s usr/bin/redis_exporter "$1/redis_exporter"
rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/usr/share/{doc,locale,prometheus/web}
