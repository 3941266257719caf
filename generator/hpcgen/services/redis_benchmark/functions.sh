ask() { # COMMAND: what Redis answers to it, once it has our password
  local answer=''
  exec 3<>"/dev/tcp/${REDIS_HOST}/${REDIS_PORT}" &&
    printf 'AUTH %s\r\n%s\r\n' "${REDISCLI_AUTH}" "$1" >&3 &&
    read -r -t 10 -u 3 answer && [[ ${answer} == +OK* ]] && read -r -t 10 -u 3 answer
  exec 3>&-
  printf '%s\n' "${answer%$'\r'}"
}
RUN_USER=''
leave() { # take the run's own user back
  [[ ${RUN_USER} ]] && ask "ACL DELUSER ${RUN_USER}" >/dev/null
}
