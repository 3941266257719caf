IP=$(getent ahostsv4 "${HOSTNAME}" | awk '{ print $1; exit }')
[[ ${IP} && ${IP} != 127.* ]] || die 78 "${HOSTNAME} resolves to ${IP:-nothing}; name an interface"
