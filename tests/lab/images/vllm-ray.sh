#!/usr/bin/env bash
# lab: uses images/vllm_stand_in
# lab: uses vllm-options.txt
# lab: uses vllm-metrics.txt
# A container file system in DIR ($1) with real Ray, as docker://vllm/vllm-openai has it, and the
# stand-in for vLLM: the real one refuses Ray where there are no GPUs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=$1/usr/local/lib/python3.11/dist-packages

debootstrap --variant=minbase --include=procps,python3 bookworm "$1" "$MIRROR"
install -D -m 644 -t "$packages/vllm_stand_in" "$here"/images/vllm_stand_in/*.py "$here"/vllm-*.txt
# pip is the host's, and may be another Python's than the image's.
python3 -m pip install --quiet --no-compile --only-binary :all: --python-version 3.11 \
  --target "$packages" 'ray[default]==2.60.0' # the extra has what tells Prometheus
rm -r "${packages:?}/bin"
for command in vllm=vllm_stand_in ray=ray.scripts.scripts; do
  install -m 755 /dev/stdin "$1/usr/local/bin/${command%=*}" <<SH
#!/bin/sh
exec python3 -m ${command#*=} "\$@"
SH
done
chroot "$1" python3 -m compileall -q -j 2 /usr/lib/python3.11 /usr/local/lib/python3.11 || true
