served() { # SERVICE: it is published as it was when we connected, and runs where Slurm is asked
  local as_it_was job
  as_it_was=$(<"${HERE}/connections/$1.endpoint")
  job=$(sed -n 's/^JOB_ID=//p' <<<"${as_it_was}")
  ls -- "${RUN}/$1/${job}" >/dev/null 2>&1 # makes a network file system look again
  [[ ${job} && $(cat -- "${RUN}/$1/${job}/endpoint" 2>/dev/null) == "${as_it_was}" ]] || return
  ((SECONDS < ASK)) || [[ $(squeue --noheader --jobs="${job}" --states=RUNNING,SUSPENDED 2>&1) != \
    @(|*'Invalid job id'*) ]]
}
watch() { # SERVICE...: end this client when one that it talks to has ended: it may not notice
  local ASK=$((SECONDS + 30 + RANDOM % 10)) gone=0 name
  while ((gone < 4)); do # within these 6 s it may end by itself, and say why
    sleep 2
    for name; do
      served "${name}" && continue
      gone=$((gone + 1))
      continue 2
    done
    ((SECONDS < ASK)) || ASK=$((SECONDS + 30 + RANDOM % 10)) # Slurm is not to be asked often
    gone=0
  done
  echo "${name} has ended" >"${HERE}/lost"
  kill -USR2 "${ME}"
}
