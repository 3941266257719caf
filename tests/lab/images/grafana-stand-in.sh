#!/usr/bin/env bash
# lab: uses images/grafana_stand_in
# A container file system in DIR ($1) that reads its provisioning and answers as
# docker://grafana/grafana does, without pages: Grafana itself is in no registry of packages.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=$1/usr/local/lib/python3/grafana_stand_in

debootstrap --variant=minbase --include=python3,python3-yaml bookworm "$1" "$MIRROR"
install -D -m 644 -t "$package" "$here"/grafana_stand_in/*.py
mkdir -p "$1/usr/share/grafana/bin" "$1/usr/share/grafana/conf"
touch "$1/usr/share/grafana/conf/defaults.ini"
install -m 755 /dev/stdin "$1/usr/share/grafana/bin/grafana" <<'SH'
#!/bin/sh
PYTHONPATH=/usr/local/lib/python3 exec python3 -m grafana_stand_in "$@"
SH
# What Apptainer makes of the image's ENV; a job's own settings must win over it.
install -D -m 755 /dev/stdin "$1/.singularity.d/env/10-docker2singularity.sh" <<'SH'
#!/bin/sh
export PATH="/usr/share/grafana/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export GF_PATHS_CONFIG="${GF_PATHS_CONFIG:-"/etc/grafana/grafana.ini"}"
export GF_PATHS_DATA="${GF_PATHS_DATA:-"/var/lib/grafana"}"
export GF_PATHS_HOME="${GF_PATHS_HOME:-"/usr/share/grafana"}"
export GF_PATHS_LOGS="${GF_PATHS_LOGS:-"/var/log/grafana"}"
export GF_PATHS_PLUGINS="${GF_PATHS_PLUGINS:-"/var/lib/grafana/plugins"}"
export GF_PATHS_PROVISIONING="${GF_PATHS_PROVISIONING:-"/etc/grafana/provisioning"}"
SH
rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/usr/share/{doc,locale}
