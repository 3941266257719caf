usage="usage: [WORKERS=N] [CPUS_PER_WORKER=N] [MEM_PER_CPU=SIZE] [TIME=LIMIT] [PARTITION=NAME] \\
       [WORKERS_PER_NODE=N] bin/alloc.sh [COMMAND...]
Asks Slurm for a node for each of WORKERS, ${AND_ENVOY}; starts ${SERVICE} there by
bin/serve.sh, and gives you a shell, or runs COMMAND, as soon as it is ready. All of it ends with
that. WORKERS_PER_NODE are the processes of each worker."
case ${1:-} in -h | --help) echo "${usage}" && exit 0 ;; esac
for number in "${WORKERS}" "${CPUS_PER_WORKER}" "${WORKERS_PER_NODE:=${CPUS_PER_WORKER}}"; do
  [[ ${number} =~ ^[1-9][0-9]{0,4}$ ]] || { echo "${usage}" >&2; exit 64; }
done
EACH=("${QUEUE[@]}" "--time=${TIME}" "--job-name=${DEPLOYMENT}-${SERVICE}-alloc")
[[ ${MEM_PER_CPU} ]] && EACH+=("--mem-per-cpu=${MEM_PER_CPU}")
[[ ${PARTITION} ]] && EACH+=("--partition=${PARTITION}")
COUNT=${WORKERS}
export WORKERS=${WORKERS_PER_NODE} # what the jobs call so
