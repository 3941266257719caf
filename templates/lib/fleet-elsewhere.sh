lost_fleet() { # end where the job of the replicas has
  local ended=${RUN}/${BACKEND}/current/ended
  [[ ! -e ${ended} ]] || die 69 "${BACKEND} has ended: $(<"${ended}")"
}
