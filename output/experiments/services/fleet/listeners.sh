listeners() { # PORT: the inode of each socket of this node that listens on it
  awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && $2 ~ port "$" { print $10 }' /proc/net/tcp{,6}
}

listening_processes() { # PORT: who holds each of these sockets; 0: nobody of ours
  local files inode
  files=$(ls -l /proc/[0-9]*/fd 2>/dev/null)
  for inode in $(listeners "$1"); do
    awk -F/ -v socket="socket:[${inode}]" '
      /^\// { pid = $3 }
      index($0, socket) { found = pid; exit }
      END { print found + 0 }' <<<"${files}"
  done
}

descends_from() { # PID ANCESTOR
  local pid=$1
  while ((${pid:-0} > 0 && pid != $2)); do
    pid=$(awk '/^PPid:/ { print $2 }' "/proc/${pid}/status" 2>/dev/null)
  done
  ((${pid:-0} == $2))
}

is_ours() { # PORT [PID]: all processes that listen on it descend from PID, else from this script
  local pid processes
  processes=$(listening_processes "$1")
  for pid in ${processes:-0}; do
    if ! descends_from "${pid}" "${2:-$$}"; then
      echo "no process of this job listens on port $1"
      return 1
    fi
  done
}
