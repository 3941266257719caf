#!/usr/bin/env bash
# lab: uses images/vllm_stand_in
# lab: uses vllm-options.txt
# lab: uses vllm-metrics.txt
# A container file system in DIR ($1) that answers as docker://vllm/vllm-openai does, in a second
# and without a model: for what only needs vLLM's options, API and metrics.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
package=$1/usr/local/lib/python3/vllm_stand_in

debootstrap --variant=minbase --include=python3 bookworm "$1" "$MIRROR"
install -D -m 644 -t "$package" "$here"/images/vllm_stand_in/*.py "$here"/vllm-*.txt
install -m 755 /dev/stdin "$1/usr/local/bin/vllm" <<'SH'
#!/bin/sh
PYTHONPATH=/usr/local/lib/python3 exec python3 -m vllm_stand_in "$@"
SH
