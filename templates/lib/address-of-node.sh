# The first address that others can reach: a name may be one of loopback too.
IP=$(getent ahostsv4 "${HOSTNAME}" | awk '{ ip = $1 } ip !~ /^127[.]/ { exit } END { print ip }')
[[ ${IP} && ${IP} != 127.* ]] || die 78 "${HOSTNAME} resolves to ${IP:-nothing}; name an interface"
