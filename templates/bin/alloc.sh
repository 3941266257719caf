usage="usage: [WORKERS=N] [CPUS_PER_WORKER=N] [MEM_PER_CPU=SIZE] [TIME=LIMIT] [PARTITION=NAME] \\
       [WORKERS_PER_NODE=N] bin/alloc.sh [COMMAND...]
Asks Slurm for ${ASKS}; starts ${SERVICE} there by bin/serve.sh,
and gives you a shell, or runs COMMAND, as soon as it is ready. All of it ends with that, in order;
where TIME is over first, Slurm ends all at once. WORKERS_PER_NODE are the processes of each worker,
where its kind has such."
case ${1:-} in -h | --help) echo "${usage}" && exit 0 ;; esac
for number in "${WORKERS}" "${CPUS_PER_WORKER}" "${WORKERS_PER_NODE:-1}"; do
  [[ ${number} =~ ^[1-9][0-9]{0,4}$ ]] || { echo "${usage}" >&2; exit 64; }
done
EACH=("--time=${TIME}" "--job-name=${DEPLOYMENT}-${SERVICE}-alloc")
[[ ${PARTITION} ]] && EACH+=("--partition=${PARTITION}")
[[ ${MEM_PER_CPU} ]] && MEMORY=("--mem-per-cpu=${MEM_PER_CPU}") &&
  export HPCGEN_REPLICA_MEM=${MEMORY[0]}
NODE+=("${MEMORY[@]}")
COUNT=$(((WORKERS + PER_NODE - 1) / PER_NODE))
export HPCGEN_REPLICAS=${WORKERS} HPCGEN_REPLICA_CPUS=${CPUS_PER_WORKER}
unset WORKERS
[[ ${WORKERS_PER_NODE:-} ]] && export WORKERS=${WORKERS_PER_NODE} # what the jobs call so
