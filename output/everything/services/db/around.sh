# What is done around db: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
REPLICA=0 # the only one
target() { # JOB ADDRESS: have Prometheus scrape it there, until `finish` withdraws it
  local file=${RUN}/targets/$1@${SLURM_JOB_ID}.${REPLICA:-0}.${HOSTNAME} labels
  labels=$(printf '"%s": "%s", ' deployment "${DEPLOYMENT}" service "${NAME}" \
    job_id "${SLURM_JOB_ID}" node "${HOSTNAME}")
  { mkdir -p -- "${file%/*}" &&
    printf '[{"targets": ["%s"], "labels": {%s"replica": "%s"}}]\n' "$2" "${labels}" \
      "${REPLICA:-0}" >"${file}.new" && mv -T -- "${file}.new" "${file}.json"; } ||
    log "Prometheus cannot be told of $1"
}
generated() { # FILE: a secret that is made once for the deployment; of several writers one wins
  mkdir -p -- "${1%/*}" && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$1.${NONCE}"
  ln -T -- "$1.${NONCE}" "$1" 2>/dev/null; rm -f -- "$1.${NONCE}"
}
web_config() { # FILE: web.yml, by which a program asks user prometheus for the password on stdin
  local hash password salt
  read -r password
  salt=\$2b\$10\$$(od -An -N11 -tx1 /dev/urandom | tr -d ' \n')
  hash=$(htpasswd -niBC 10 prometheus 2>/dev/null <<<"${password}" ||
    perl -e 'chomp($p = <STDIN>); print crypt($p, $ARGV[0])' "${salt}" <<<"${password}")
  [[ ${hash} == *\$2[aby]\$10\$* ]] && mkdir -p -- "${1%/*}" &&
    printf '%s\n' 'basic_auth_users:' "  prometheus: ${hash#*:}" >"$1" && return
  log "no $1: it takes htpasswd, or perl with bcrypt, on ${HOSTNAME}"
  return 1
}
exporter() { # NAME PORT...: run it on the first that is free, and have Prometheus scrape it
  local i name=$1 pid=${HERE}/$1-exporter.${HOSTNAME}.pid port program
  for port in "${@:2}"; do
    [[ $(listeners "${port}") ]] && continue
    "${name}_exporter" "${port}" >>"${HERE}/${name}-exporter.log" 2>&1 &
    for ((i = 0; i < 120; i++)); do
      sleep 0.5
      kill -0 "$!" 2>/dev/null || break
      program=$(cat -- "${pid}" 2>/dev/null || echo "$!")
      is_ours "${port}" "${program}" >/dev/null && target "${NAME}.${name}" "${IP}:${port}" && break
    done
    wait "$!" # it stays a target, and Prometheus finds it down
    log "the exporter ${name} on ${HOSTNAME} has ended with $?, and ${NAME} goes on without it"
    return
  done
  log "no exporter ${name}: none of the ports ${*:2} is free on ${HOSTNAME}"
}
mysqld_exporter() { # PORT: what MySQL tells of itself
  unset "${!APPTAINERENV_@}" # what the service is told, its secrets among it
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" "${HOME}/containers/mysqld-exporter_v0.17.2.sif" \
    mysqld_exporter --web.listen-address="${IP}:$1" '--web.config.file=/run/exporter/web.yml' \
    '--config.my-cnf=/run/exporter/mysqld.cnf' --no-collect.slave_status \
    --no-collect.info_schema.innodb_cmp --no-collect.info_schema.innodb_cmpmem \
    --no-collect.info_schema.query_response_time
}
node_exporter() { # PORT: the load, memory, disks and network of its node
  unset "${!APPTAINERENV_@}" # what the service is told, its secrets among it
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" --bind "${TMPDIR:-/tmp}:/node/tmp:ro" \
    "${HOME}/containers/node-exporter_v1.9.1.sif" node_exporter --web.listen-address="${IP}:$1" \
    '--web.config.file=/run/exporter/web.yml' '--log.level=warn' --no-collector.systemd \
    "--collector.filesystem.mount-points-exclude=^/\$|^/[^n]"
}
accompany() { # the service is ready: have it scraped, and its exporters run
  generated "${RUN}/secrets/.exporters.password"
  SCRAPING=$(<"${RUN}/secrets/.exporters.password")
  web_config "${HERE}/exporter/web.yml" <<<"${SCRAPING}" || return
  printf '%s\n' '[client]' "host=${IP}" "port=${PORT}" user=app "password=\"${PASSWORD}\"" >"${HERE}/exporter/mysqld.cnf"
  exporter mysqld 9115 9116 9117 9118 9119 & EXPORTERS+=("$!")
  exporter node 9126 9127 9128 9129 9130 & EXPORTERS+=("$!")
}
