#!/usr/bin/env bash
# A container file system with Chroma 1.5.9 in DIR ($1), standing in for docker://chromadb/chroma:
# the same server in Rust, which the wheel carries as a library for Python. Its Python packages,
# which that image has not either, are left out; python3 itself is for the clients.
set -euo pipefail
debootstrap --variant=minbase --include=python3 bookworm "$1" "$MIRROR"
python3 -m pip install --quiet --no-compile --no-deps --only-binary :all: --python-version 3.11 \
  --target "$1/opt/chroma" chromadb==1.5.9
rm -r "$1"/opt/chroma/{bin,chromadb,schemas}
rm -r "$1"/var/{cache/apt,lib/apt/lists} "$1"/usr/share/{doc,locale,man} # each start unpacks it all
install -m 755 /dev/stdin "$1/usr/local/bin/chroma" <<'SH'
#!/bin/sh
PYTHONPATH=/opt/chroma exec python3 -c 'import sys, chromadb_rust_bindings as chroma
chroma.cli(["chroma", *sys.argv[1:]])' "$@"
SH
