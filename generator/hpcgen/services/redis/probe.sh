probe() { # Redis takes our password and answers PING; prints what it said instead
  local answer=''
  exec 3<>"/dev/tcp/${IP}/${PORT}" && printf 'AUTH %s\r\nPING\r\n' "${PASSWORD}" >&3 &&
    read -r -t 3 -u 3 answer && [[ ${answer} == +OK* ]] && read -r -t 3 -u 3 answer
  [[ ${answer} == +PONG* ]] || { echo "Redis answers ${answer:-nothing}"; return 1; }
}
