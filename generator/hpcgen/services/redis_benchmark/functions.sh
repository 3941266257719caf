ask() { # COMMAND: what Redis answers to it, once it has our password, where it has one
  local answer=''
  exec 3<>"/dev/tcp/${REDIS_HOST}/${REDIS_PORT}" &&
    if [[ ${REDISCLI_AUTH} ]]; then
      printf 'AUTH %s\r\n' "${REDISCLI_AUTH}" >&3 && read -r -t 10 -u 3 answer
    fi && [[ ${answer} == @(|+OK*) ]] && printf '%s\r\n' "$1" >&3 && read -r -t 10 -u 3 answer
  exec 3>&-
  printf '%s\n' "${answer%$'\r'}"
}
RUN_USER=''
leave() { # take the run's own user back
  [[ ${RUN_USER} ]] && ask "ACL DELUSER ${RUN_USER}" >/dev/null
}
