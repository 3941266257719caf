#!/usr/bin/env bash
# lab: uses images/ollama_stand_in
# A container file system in DIR ($1) that answers as docker://ollama/ollama does, without a model:
# for what only needs Ollama's variables, directories and HTTP API. It has Python for clients, too.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=$1/usr/local/lib/python3/ollama_stand_in

debootstrap --variant=minbase --include=python3 bookworm "$1" "$MIRROR"
install -D -m 644 -t "$package" "$here"/ollama_stand_in/*.py
install -m 755 /dev/stdin "$1/usr/local/bin/ollama" <<'SH'
#!/bin/sh
PYTHONPATH=/usr/local/lib/python3 exec python3 -m ollama_stand_in "$@"
SH
# What Apptainer makes of the image's ENV; a job's own address must win over it.
install -D -m 755 /dev/stdin "$1/.singularity.d/env/10-docker2singularity.sh" <<'SH'
#!/bin/sh
export OLLAMA_HOST="${OLLAMA_HOST:-"0.0.0.0:11434"}"
SH
