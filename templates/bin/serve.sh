usage="usage: bin/serve.sh [COMMAND...]
Within an allocation of several nodes: starts ${SERVICE} there, ${PLACED}; then
runs COMMAND, or a shell. All of it ends with that. bin/alloc.sh calls it."
case ${1:-} in -h | --help) echo "${usage}" && exit 0 ;; esac
[[ ${SLURM_JOB_ID:-} ]] || { echo "${usage}" >&2; exit 78; }
mapfile -t NODES < <(
  scontrol show hostnames "${SLURM_JOB_NODELIST_HET_GROUP_0:-${SLURM_JOB_NODELIST}}"
)
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
export HPCGEN_JOBS=" ${SERVICE}-replicas=${SLURM_JOB_ID} ${SERVICE}=${SLURM_JOB_ID}"
LOGS=${RUN}/logs STEPS=()
mkdir -p -- "${LOGS}" && chmod 700 -- "${RUN}" || exit 73

start() { # JOB NODE: run the job's script on that node of the allocation
  srun --overlap --nodes=1 --ntasks=1 --cpus-per-task=1 --mpi=none --nodelist="$2" \
    bash "${BUNDLE}/jobs/$1.sbatch" </dev/null >>"${LOGS}/${DEPLOYMENT}-$1-${SLURM_JOB_ID}.log" 2>&1 &
  STEPS+=("$!")
}
# shellcheck disable=SC2329 # traps call it
finish() { # STATUS: ask what runs to end in order, and wait for that
  trap - EXIT && trap '' INT TERM
  scancel --signal=USR1 "${SLURM_JOB_ID}" 2>/dev/null
  wait "${STEPS[@]}"
  exit "$1"
}
trap 'finish $?' EXIT
trap 'finish 143' INT TERM
