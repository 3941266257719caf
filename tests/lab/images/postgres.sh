#!/usr/bin/env bash
# A container file system with PostgreSQL 17 in DIR ($1), standing in for docker://postgres:17: the
# server is off the PATH, and the data that Debian makes on its own is not there.
set -euo pipefail
debootstrap --variant=minbase --include=postgresql-17,postgresql-client-17 trixie "$1" "$MIRROR"
rm -rf "$1"/var/lib/postgresql/17 "$1"/etc/postgresql/17
rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/usr/share/doc "$1"/usr/share/locale
