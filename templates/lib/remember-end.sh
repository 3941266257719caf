remember_end() { # DIRECTORY STATE: for Slurm forgets a job some minutes after its end
  [[ -e $1/slurm-state || $2 == FORGOTTEN ]] || echo "$2" >"$1/slurm-state"
}
