batch() { # ARGUMENT... of sbatch: prints the job's id; of a refusal the reason, and what to do
  local said status
  { said=$(sbatch "$@" 2>&1 >&3); } 3>&1
  status=$?
  [[ ${said} ]] && echo "${said}" >&2
  ((status)) && remedy "${said}" >&2
  return "${status}"
}
