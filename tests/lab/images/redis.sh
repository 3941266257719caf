#!/usr/bin/env bash
# A container file system with Redis 8 in DIR ($1), standing in for docker://redis:8.
set -euo pipefail
debootstrap --variant=minbase --include=redis-server,redis-tools,curl trixie "$1" "$MIRROR"
