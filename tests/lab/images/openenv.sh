#!/usr/bin/env bash
# lab: uses images/openenv_benchmark
# A container file system in DIR ($1) with OpenEnv, and on it the benchmark environment of
# images/openenv_benchmark: `python3 -m uvicorn benchmark.server.app:app`. Its load drivers find
# websockets and httpx there.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=$1/usr/local/lib/python3.11/dist-packages

debootstrap --variant=minbase --include=python3 bookworm "$1" "$MIRROR"
install -D -m 644 -t "$packages/benchmark/server" "$here"/openenv_benchmark/server/*.py
# pip is the host's, and may be another Python's than the image's. OpenEnv's own list asks for more
# than its server needs: a web page, command line tools, clients of language models.
pip=(python3 -m pip install --quiet --no-compile --only-binary ':all:' --python-version 3.11
     --target "$packages")
"${pip[@]}" --no-deps openenv-core==0.3.0
"${pip[@]}" 'fastapi==0.165.*' 'uvicorn[standard]==0.54.*' 'websockets==17.*' 'fastmcp==3.4.*' \
  'httpx==0.28.*' 'pyyaml==6.*' 'requests==2.*'
rm -r "${packages:?}/bin"
chroot "$1" python3 -m compileall -q -j 2 /usr/lib/python3.11 "${packages#"$1"}" || true
rm -r "$1"/var/{cache/apt,lib/apt/lists} "$1"/usr/share/{doc,locale,man}
