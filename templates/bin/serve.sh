usage="usage: bin/serve.sh [COMMAND...]
Within an allocation: starts ${SERVICE} there, ${PLACED};
then runs COMMAND, or a shell. With that all of it ends in order: the balancer once it has answered
what it was asked, and then the workers. Where the fleet ends first, COMMAND is ended, and the
status is 69. bin/alloc.sh calls it."
case ${1:-} in -h | --help) echo "${usage}" && exit 0 ;; esac
[[ ${SLURM_JOB_ID:-} ]] || { echo "${usage}" >&2; exit 78; }
mapfile -t NODES < <(
  scontrol show hostnames "${SLURM_JOB_NODELIST_HET_GROUP_0:-${SLURM_JOB_NODELIST}}"
)
mapfile -t WORKERS_ON < <(
  scontrol show hostnames "${SLURM_JOB_NODELIST_HET_GROUP_1:-${SLURM_JOB_NODELIST}}"
)
CPUS=${SLURM_JOB_CPUS_PER_NODE_HET_GROUP_0:-${SLURM_JOB_CPUS_PER_NODE}} # of each node, as in 4(x3)
CPUS=${CPUS%%[(,]*}
((CPUS < BALANCER_CPUS)) && BALANCER_CPUS=${CPUS}
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
export HPCGEN_JOBS=" ${SERVICE}-replicas=${SLURM_JOB_ID} ${SERVICE}=${SLURM_JOB_ID}"
LOGS=${RUN}/logs STEPS=() NAMES=() PLACES=()
OF_BALANCER=${RUN}/${SERVICE}/${SLURM_JOB_ID}
OF_WORKERS=${RUN}/${SERVICE}-replicas/${SLURM_JOB_ID}
mkdir -p -- "${LOGS}" && chmod 700 -- "${RUN}" || exit 73
# Of an earlier start in this allocation.
rm -rf -- "${OF_BALANCER}"/{endpoint,ended} "${OF_WORKERS}"/{endpoint,ended,replicas}
