# Where a job runs, for how long and who pays may be set by variables of sbatch and salloc; others
# would make another job of it than the recipe says.
for VARIABLE in "${!SBATCH_@}" "${!SALLOC_@}"; do
  case ${VARIABLE#*_} in
    ACCOUNT | CONSTRAINT | PARTITION | QOS | RESERVATION | TIMELIMIT) ;;
    *)
      echo "${VARIABLE} is not obeyed: the recipe says what a job is" >&2
      unset "${VARIABLE}"
      ;;
  esac
done
