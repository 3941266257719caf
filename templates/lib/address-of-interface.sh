IP=$(ip -o -4 address show dev "${INTERFACE}" | awk '{ sub("/.*", "", $4); print $4; exit }')
[[ ${IP} ]] || die 78 "${HOSTNAME} has no IPv4 address on ${INTERFACE}"
