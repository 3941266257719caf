#!/usr/bin/env bash
# lab: uses images/minio_stand_in
# A container file system in DIR ($1) that answers as docker://minio/minio does: S3 with signatures
# of version 4, its health and its metrics. MinIO itself is in no registry of packages.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=$1/usr/local/lib/python3/minio_stand_in

debootstrap --variant=minbase --include=python3 bookworm "$1" "$MIRROR"
install -D -m 644 -t "$package" "$here"/minio_stand_in/*.py
install -m 755 /dev/stdin "$1/usr/local/bin/minio" <<'SH'
#!/bin/sh
PYTHONPATH=/usr/local/lib/python3 exec python3 -m minio_stand_in "$@"
SH
rm -r "$1"/var/{cache/apt,lib/apt/lists} "$1"/usr/share/{doc,locale,man}
