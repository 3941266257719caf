#!/usr/bin/env bash
# lab: layer
# Slurm's accounting for the login node: slurmdbd and MariaDB, with an empty database, which the
# slurmdbd of this version cannot make itself.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
apt-get update -qq
apt-get install -y -qq --no-install-recommends slurmdbd mariadb-server-core mariadb-client-core
apt-get clean
cat >/etc/mysql/conf.d/slurm.cnf <<'CONF'
[mariadbd]
user=root
skip-grant-tables
skip-networking
innodb_log_file_size=8M
innodb_flush_log_at_trx_commit=0
innodb_lock_wait_timeout=900
CONF
mariadb-install-db --skip-test-db
mariadbd --bootstrap <<<'CREATE DATABASE slurm_acct_db;'
