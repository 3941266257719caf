#!/usr/bin/env bash
# lab: uses images/qdrant_stand_in
# A container file system in DIR ($1) that answers as docker://qdrant/qdrant does: its REST API, its
# configuration file, its key and its metrics. Qdrant itself is in no registry of packages.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=$1/usr/local/lib/python3/qdrant_stand_in

debootstrap --variant=minbase --include=python3,python3-yaml bookworm "$1" "$MIRROR"
install -D -m 644 -t "$package" "$here"/qdrant_stand_in/*.py
install -D -m 755 /dev/stdin "$1/qdrant/qdrant" <<'SH'
#!/bin/sh
PYTHONPATH=/usr/local/lib/python3 exec python3 -m qdrant_stand_in "$@"
SH
rm -r "$1"/var/{cache/apt,lib/apt/lists} "$1"/usr/share/{doc,locale,man}
