#!/bin/bash
# NODES ADDRESS PORT COMMAND...: run COMMAND as one of vLLM's own NODES, which meet at ADDRESS:PORT.
# Every node runs the same command; all but the first compute, and serve nobody.
set -uo pipefail
node=(--nnodes "$1" --node-rank "${HPCGEN_NODE_RANK}" --master-addr "$2" --master-port "$3")
((HPCGEN_NODE_RANK)) && node+=(--headless)
exec "${@:4}" "${node[@]}"
