# --- the jobs of this deployment are those that the run directory has a record of -----------------
directories_of() { # JOB_NAME: the directory of each of its runs
  local directory
  for directory in "${RUN}/$1"/[0-9]*; do
    [[ -d ${directory} ]] && echo "${directory}"
  done
}

cluster_of() { # DIRECTORY: the cluster of its job, where that is known
  cat -- "$1/cluster" 2>/dev/null || sed -n 's/^CLUSTER=//p' "$1/endpoint" 2>/dev/null
}
