configure() { # each session of a process is a descriptor, and it has others
  local wanted=${MAX_CONCURRENT_ENVS}
  wanted=$((wanted + 1024))
  [[ $(ulimit -Sn) == unlimited || $(ulimit -Sn) -ge ${wanted} ]] && return
  ulimit -Sn "${wanted}" 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
}
