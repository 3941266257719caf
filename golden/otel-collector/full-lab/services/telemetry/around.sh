# What is done around telemetry: its job sources this file, and has assigned what it reads.
# shellcheck shell=bash disable=SC2153,SC2154
REPLICA=0 # the only one
reach() { # SERVICE SECONDS: source its connection file, the reviewed one, as soon as it connects
  local deadline=$((SECONDS + $2)) ended file=${HERE}/connections/$1.env job pause
  reviewed "connections/$1.env" "${NEEDS[$1]}" "${file%/*}"
  export HPCGEN_RUN_DIR=${RUN} # a copy cannot tell it from where it lies
  [[ " ${HPCGEN_JOBS:-}" =~ " $1="([0-9]+) ]]
  job=${BASH_REMATCH[1]:-none} # the one that was submitted together with us
  ended=${RUN}/$1/${job}/ended
  # shellcheck source=/dev/null
  until . "${file}" 2>"${HERE}/missing"; do # 1: there is no endpoint yet; 2: its job does not run
    pause=$(($? == 2 ? 30 + RANDOM % 10 : 2)) # Slurm is not to be asked more often than that
    if [[ -e ${ended} ]]; then # and Slurm may start it again
      [[ $(squeue --noheader --jobs="${job}" 2>/dev/null) ]] ||
        die 75 "$1 will not come: $(<"${ended}")"
      pause=10
    fi
    ((SECONDS < deadline)) || die 75 "no $1 after $2 s: $(<"${HERE}/missing")"
    sleep "${pause}" &
    PID=$!
    wait "${PID}" # a signal ends a wait at once, a sleep only when it is over
  done
  cp -f -- "${RUN}/$1/current/endpoint" "${file%.env}.endpoint"
  log "connected to $1"
}
generated() { # FILE: a secret that is made once for the deployment; of several writers one wins
  mkdir -p -- "${1%/*}" && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$1.${NONCE}"
  ln -T -- "$1.${NONCE}" "$1" 2>/dev/null; rm -f -- "$1.${NONCE}"
}
target() { # JOB ADDRESS: have Prometheus scrape it there, until `finish` withdraws it
  local file=${RUN}/targets/$1@${SLURM_JOB_ID}.${REPLICA:-0}.${HOSTNAME} labels
  labels=$(printf '"%s": "%s", ' deployment "${DEPLOYMENT}" service "${NAME}" \
    job_id "${SLURM_JOB_ID}" node "${HOSTNAME}")
  { mkdir -p -- "${file%/*}" &&
    printf '[{"targets": ["%s"], "labels": {%s"replica": "%s"}}]\n' "$2" "${labels}" \
      "${REPLICA:-0}" >"${file}.new" && mv -T -- "${file}.new" "${file}.json"; } ||
    log "Prometheus cannot be told of $1"
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
takes_otlp() { # PORT of its health check: it works, and takes what who has our token sends, alone
  local ask=(curl --noproxy '*' --silent --max-time 5 --output /dev/null --write-out '%{http_code}')
  local url=http://${IP}:${PORT}/v1/metrics said
  said="$("${ask[@]}" "http://${IP}:$1/") "
  ask+=(--header 'Content-Type: application/json' --data '{}' "${url}")
  said+="$("${ask[@]}" --config - <<<"header = \"Authorization: Bearer ${TOKEN}\"") "
  said+=$("${ask[@]}")
  [[ ${said} == '200 200 401' ]] || { echo "health check and OTLP answer ${said}"; return 1; }
}
node_exporter() { # PORT: the load, memory, disks and network of its node
  unset "${!APPTAINERENV_@}" # what the service is told, its secrets among it
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" --bind "${TMPDIR:-/tmp}:/node/tmp:ro" \
    "/images/node-exporter_v1.9.1.sif" node_exporter --web.listen-address="${IP}:$1" \
    '--web.config.file=/run/exporter/web.yml' '--log.level=warn' --no-collector.systemd \
    "--collector.filesystem.mount-points-exclude=^/\$|^/[^n]"
}
cadvisor_exporter() { # PORT: what each control group of its node uses
  unset "${!APPTAINERENV_@}" # what the service is told, its secrets among it
  apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd / --bind \
    "${HERE}/exporter:/run/exporter:ro" --bind "/sys/fs/cgroup:/sys/fs/cgroup:ro" \
    "/images/cadvisor_v0.52.1.sif" cadvisor --listen_ip="${IP}" --port="$1" \
    '--http_auth_file=/run/exporter/htpasswd' '--http_auth_realm=hpcgen' --logtostderr \
    '--docker_only=false' '--housekeeping_interval=10s' '--store_container_labels=false' \
    '--raw_cgroup_prefix_whitelist=/slurm,/system.slice/slurmstepd.scope' \
    '--disable_metrics=advtcp,cpu_topology,hugetlb,memory_numa,percpu,process,referenced_memory,resctrl,sched,tcp,udp'
}
accompany() { # the service is ready: have it scraped, and its exporters run
  target telemetry "${IP}:18888"
  generated "${RUN}/secrets/.exporters.password"
  SCRAPING=$(<"${RUN}/secrets/.exporters.password")
  web_config "${HERE}/exporter/web.yml" <<<"${SCRAPING}" || return
  sed -n 's/^  \(prometheus: \)/\1/p' "${HERE}/exporter/web.yml" | tr -d ' ' >"${HERE}/exporter/htpasswd"
  exporter node 9100 9101 9102 9103 9104 & EXPORTERS+=("$!")
  exporter cadvisor 18082 & EXPORTERS+=("$!")
}
