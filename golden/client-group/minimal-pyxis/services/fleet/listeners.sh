listeners() { # PORT: the inode of each socket of this node that listens on it
  awk -v port="$(printf ':%04X' "$1")" '$4 == "0A" && $2 ~ port "$" { print $10 }' /proc/net/tcp{,6}
}
is_ours() { # PORT [PID]: all processes that listen on it descend from PID, else from this script
  local fds inode pid=0 me=${2:-$$}
  fds=$(ls -l /proc/[0-9]*/fd 2>/dev/null)
  for inode in $(listeners "$1"); do
    pid=$(awk -F/ -v s="socket:[${inode}]" '/^\//{p=$3} index($0, s){print p; exit}' <<<"${fds}")
    while ((${pid:=0} && pid != me)); do pid=$(awk '/^PPid/ {print $2}' "/proc/${pid}/status"); done
    ((pid)) || break
  done
  ((pid)) || { echo "no process of this job listens on port $1"; return 1; }
}
