generated() { # FILE: a secret that is made once for the deployment; of several writers one wins
  mkdir -p -- "${1%/*}" && od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$1.${NONCE}"
  ln -T -- "$1.${NONCE}" "$1" 2>/dev/null; rm -f -- "$1.${NONCE}"
}
