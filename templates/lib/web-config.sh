web_config() { # FILE: web.yml, by which a program asks user prometheus for the password on stdin
  local hash password salt
  read -r password
  salt=\$2b\$10\$$(od -An -N11 -tx1 /dev/urandom | tr -d ' \n')
  hash=$(htpasswd -niBC 10 prometheus 2>/dev/null <<<"${password}" ||
    perl -e 'chomp($p = <STDIN>); print crypt($p, $ARGV[0])' "${salt}" <<<"${password}")
  [[ ${hash} == *\$2[aby]\$10\$* ]] && mkdir -p -- "${1%/*}" &&
    printf '%s\n' 'basic_auth_users:' "  prometheus: ${hash#*:}" >"$1" && return
  log "no $1: it takes htpasswd, or perl with bcrypt, on ${HOSTNAME}"
  return 1
}
