make_current() { # the service is known by the job of its replicas
  ln -sT -- "${SLURM_JOB_ID}" "${HERE}/.new" && mv -T -- "${HERE}/.new" "${HERE}/../current"
}
