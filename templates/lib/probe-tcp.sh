probe() { # the port takes a connection
  exec 3<>"/dev/tcp/${IP}/${PORT}" || { echo "port ${PORT} takes no connection"; return 1; }
}
