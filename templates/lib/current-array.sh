make_current() { # the service is known by a directory that has the replicas of all jobs
  local all=${HERE%/*}/array mine=../${SLURM_JOB_ID}
  mkdir -p -- "${all}/replicas"
  ln -sfT -- "../${mine}/replicas/${FIRST}" "${all}/replicas/${FIRST}"
  [[ -e ${all}/endpoint ]] || ln -sfT -- "${mine}/endpoint" "${all}/endpoint"
  ln -sT -- array "${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/../current"
}
