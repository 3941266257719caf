#!/usr/bin/env bash
# A container file system with MySQL 9 in DIR ($1), standing in for docker://mysql:8.4: the server
# and `mysql`, without the further tools that the official image lacks too.
set -euo pipefail
debootstrap --variant=minbase --include=mysql-server-core,mysql-client-core sid "$1" "$MIRROR"
find "$1"/usr/bin -name 'my*' ! -name mysql ! -name mysqladmin -delete
rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/usr/share/doc "$1"/usr/share/locale
