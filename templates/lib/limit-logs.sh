limit_logs() { # while this runs, no log outgrows LOG_LIMIT bytes for long: its end is kept
  local log never
  exec {never}<> <(:) # nothing comes from here: to read it is to wait, with no process
  while :; do
    read -r -t 2 -u "${never}" _
    for log in "${HERE}"/*.log; do
      [[ -f ${log} && ! -L ${log} ]] || continue # what Slurm writes is linked, and small
      (($(stat -c %s -- "${log}") > LOG_LIMIT)) || continue
      tail -c $((LOG_LIMIT / 2)) -- "${log}" >"${log}.1"
      : >"${log}" # its writers append, so they go on from here
    done
  done
}
