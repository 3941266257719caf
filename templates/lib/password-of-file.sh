[[ -O ${PASSWORD_FILE} && $(stat -Lc %a "${PASSWORD_FILE}") == 600 ]] ||
  die 78 "${PASSWORD_FILE} must exist, be yours and have mode 600"
PASSWORD=$(<"${PASSWORD_FILE}")
[[ ${PASSWORD} =~ ^[[:graph:]]+$ && ${PASSWORD} != *[\'\"\\]* ]] ||
  die 78 "the password in ${PASSWORD_FILE} must be printable, without spaces, quotes or backslashes"
