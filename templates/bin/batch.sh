batch() { # ARGUMENT... of sbatch: prints the job's id; of a refusal the reason, and what to do
  local said status
  { said=$(sbatch "$@" 2>&1 >&3); } 3>&1
  status=$?
  [[ ${said} ]] && echo "${said}" >&2
  if ((status)); then
    remedy "${said}" >&2
    case ${said} in # Slurm may have taken it before its answer was lost
      *'Unable to contact'* | *'timed out'* | *'Zero Bytes'* | *'refused'*) return 75 ;;
    esac
  fi
  return "${status}"
}

record() { # NAME ID: the deployment's jobs are those that have a directory
  local directory=${RUN}/$1/$2
  mkdir -p -- "${directory}" || exit 73
  : "${SLURM_CLUSTER_NAME:=$(cluster_name)}"
  [[ ! ${SLURM_CLUSTER_NAME} ]] || echo "${SLURM_CLUSTER_NAME}" >"${directory}/cluster"
}
