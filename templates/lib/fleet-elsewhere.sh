ASK=$((SECONDS + 30 + RANDOM % 10))
lost_fleet() { # end where the job of the replicas has; where its script was killed, Slurm knows
  local ended=${RUN}/${BACKEND}/current/ended job
  [[ ! -e ${ended} ]] || die 69 "${BACKEND} has ended: $(<"${ended}")"
  ((SECONDS >= ASK)) || return 0
  ASK=$((SECONDS + 30 + RANDOM % 10)) # Slurm is not to be asked often
  job=$(readlink -- "${RUN}/${BACKEND}/current") || return 0
  [[ $(job_state "${job}") != ended* ]] ||
    die 69 "${BACKEND} has ended: Slurm does not run job ${job} any more"
}
