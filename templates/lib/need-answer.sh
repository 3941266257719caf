need_answer() { # QUEUE STATUS, both of slurm_jobs: ends this script where Slurm does not answer
  (($2 == 0)) && return
  echo "Slurm does not answer: ${1:-nothing came within ${SLURM_PATIENCE} s}; try again" >&2
  exit 75
}
