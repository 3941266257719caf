# The password is made once per deployment; of several writers the first wins.
PASSWORD_FILE=${RUN}/secrets/${NAME}.password
mkdir -p -- "${RUN}/secrets" && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"${HERE}/.password"
ln -T -- "${HERE}/.password" "${PASSWORD_FILE}" 2>/dev/null; rm -f -- "${HERE}/.password"
PASSWORD=$(<"${PASSWORD_FILE}") || die 73 "cannot keep ${PASSWORD_FILE}"
