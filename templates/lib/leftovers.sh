remove_leftovers() { # what our killed jobs have left in this node's temporary directory
  local directory job
  for directory in "${TMPDIR:-/tmp}"/hpcgen.[0-9]*.*; do
    [[ -O ${directory} && ! -L ${directory} ]] || continue
    job=${directory##*/hpcgen.}
    job=${job%%.*}
    [[ ${job} == "${SLURM_JOB_ID}" ]] && continue
    [[ $(job_state "=${job}") == ended* ]] || continue
    rm -rf -- "${directory}"
    log "removed ${directory}, which job ${job} had left"
  done
}
