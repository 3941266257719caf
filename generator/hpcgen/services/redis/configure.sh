configure() { # redis.conf, which the container sees in /run/hpcgen
  printf '%s\n' "bind ${IP}" "port ${PORT}" 'dir /data' "${REDIS_CONF[@]}" \
    "user default on #$(printf %s "${PASSWORD}" | sha256sum | cut -c1-64) ~* &* +@all" \
    >"${HERE}/etc/redis.conf" || die 73 "cannot write ${HERE}/etc/redis.conf"
}
