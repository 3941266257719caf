is_published() { # SERVICE: as it was when we connected
  local as_it_was job
  as_it_was=$(<"${HERE}/connections/$1.endpoint")
  job=$(sed -n 's/^JOB_ID=//p' <<<"${as_it_was}")
  ls -- "${RUN}/$1/${job}" >/dev/null 2>&1 # makes a network file system look again
  [[ ${job} && $(cat -- "${RUN}/$1/${job}/endpoint" 2>/dev/null) == "${as_it_was}" ]]
}

has_ended() { # SERVICE: Slurm says so of the job that published it
  local cluster job
  job=$(sed -n 's/^JOB_ID=//p' "${HERE}/connections/$1.endpoint")
  cluster=$(sed -n 's/^CLUSTER=//p' "${HERE}/connections/$1.endpoint")
  [[ $(job_state "=${job}" "${cluster}") == ended* ]]
}

watch() { # SERVICE...: end this client when one that it talks to has ended: it may not notice
  local ask=$((SECONDS + 30 + RANDOM % 10)) gone=0 lost name
  while ((gone < 4)); do # within these 6 s it may end by itself, and say why
    sleep 2
    lost=''
    for name; do
      is_published "${name}" || lost=${name}
    done
    if ((SECONDS >= ask)) && [[ ! ${lost} ]]; then # Slurm is not to be asked often
      ask=$((SECONDS + 30 + RANDOM % 10))
      for name; do
        has_ended "${name}" && lost=${name} gone=3
      done
    fi
    if [[ ${lost} ]]; then gone=$((gone + 1)); else gone=0; fi
  done
  echo "${lost} has ended" >"${HERE}/lost"
  kill -USR2 "${ME}"
}
