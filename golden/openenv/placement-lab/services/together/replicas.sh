#!/bin/bash -p
# together-replicas: an OpenEnv server, started by the job together.
# Made by hpcgen, do not edit: change placement.yaml, then run `hpcgen build`.
# ==== 1. resources ================================================================================
# [job.sbatch.j2]
#   unless flag, value in component
# ==== 2. environment ==============================================================================
# [job.sbatch.j2]
# [fragments/isolate.j2]
    # [hpcgen/isolation]
    # [fragments/isolate.j2]
# [job.sbatch.j2]
# [lib/log-replica.sh]
# [job.sbatch.j2]
#   if job.loads_modules or (job.parts and (plan.profile.module_init or plan.profile.modules))
#   = "/etc/profile.d/lmod.sh"
#   if plan.profile.module_init
#   if plan.profile.module_purge
#   if job.parts and plan.profile.modules
#   = env/release/2023.1 Apptainer/1.3.1-GCCcore-12.3.0
# ==== 3. containers ===============================================================================
DEPLOYMENT='placement'
NAME='together-replicas'
RUN_ROOT="${HOME}"
IMAGE="/images/burtenshaw-openenv-benchmark_latest.sif"
CONTAINER=(apptainer -q exec --containall --no-home --no-eval --no-mount hostfs --pwd /)
LOG_LIMIT=1073741824
WORKERS=${WORKERS:-"${SLURM_CPUS_PER_TASK:-1}"}
MAX_CONCURRENT_ENVS=${MAX_CONCURRENT_ENVS:-100}
PORT=${PORT:-8005}
TUNNEL="ssh ${USER}@login"
PORTS=("${PORT}" 8006 8007 8008 8009)
NODE_LIST="${SLURM_JOB_NODELIST_HET_GROUP_1:-}"
FIRST=0
REPLICAS=${HPCGEN_REPLICAS:-4}
PER_NODE=1
MIN_HEALTHY=1
MAX_RESTARTS=3
ON_REPLICA=(srun --het-group 1 --overlap --nodes 1 --ntasks 1 --cpus-per-task
  "${HPCGEN_REPLICA_CPUS:-48}" --mpi none)
PROCESSES="${WORKERS}"
READY_TIMEOUT=60
GRACE=5
HEALTH_INTERVAL=30
INTERFACE=eth0
PROBE_PATH=/health
# [job.sbatch.j2]
#   for name, value in part.early_exports.items()
#   = APPTAINERENV_MAX_CONCURRENT_ENVS … "${MAX_CONCURRENT_ENVS}"
# ==== 4. execution ================================================================================
# [lib/cluster.sh]

# [lib/job-state.sh]

# [lib/guard.sh]

# [lib/listeners.sh]

# [lib/limit-logs.sh]

# [lib/leftovers.sh]

configure() { # each session of a process is a descriptor, and it has others
  local wanted=${MAX_CONCURRENT_ENVS}
  wanted=$((wanted + 1024))
  [[ $(ulimit -Sn) == unlimited || $(ulimit -Sn) -ge ${wanted} ]] && return
  ulimit -Sn "${wanted}" 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
}
# [lib/probe-http.sh]
# [lib/publish-replica.sh]

# [lib/tend.sh]

# [service.sbatch.j2]
  # [fragments/finish_service.j2]
  #   unless (job if shared else part).is_scraped
  #   unless not shared and part.members
  #   if parts | selectattr("container.scratch") | list
# [service.sbatch.j2]

# [lib/deployment.sh]

# [lib/steps.sh]
# [lib/current-job.sh]
# [lib/replicas.sh]

# [service.sbatch.j2]
# [fragments/prepare_service.j2]
#   if part.fleet
# [fragments/traps.j2]
#   = finish
#   = finish
#   = finish
[[ ${WORKERS} =~ ^[1-9][0-9]{0,3}$ && ${WORKERS} -le 4096 ]] ||
  die 78 "WORKERS=${WORKERS@Q} is not a whole number from 1 to 4096"
[[ ${WORKERS} == "${SLURM_CPUS_PER_TASK:-1}" ]] ||
  log "WORKERS=${WORKERS} instead of ${SLURM_CPUS_PER_TASK:-1}"
[[ ${MAX_CONCURRENT_ENVS} =~ ^[1-9][0-9]{0,6}$ && ${MAX_CONCURRENT_ENVS} -le 1000000 ]] ||
  die 78 "MAX_CONCURRENT_ENVS=${MAX_CONCURRENT_ENVS@Q} is not a whole number from 1 to 1000000"
[[ ${MAX_CONCURRENT_ENVS} == 100 ]] ||
  log "MAX_CONCURRENT_ENVS=${MAX_CONCURRENT_ENVS} instead of 100"
[[ ${PORT} =~ ^[1-9][0-9]{0,4}$ && ${PORT} -ge 1024 && ${PORT} -le 65535 ]] ||
  die 78 "PORT=${PORT@Q} is not a whole number from 1024 to 65535"
[[ ${PORT} == 8005 ]] || log "PORT=${PORT} instead of 8005"
[[ -e ${IMAGE} ]] || die 78 "there is no image ${IMAGE}; get it with bin/pull-images.sh"
# [fragments/prepare_service.j2]

# [lib/address-of-interface.sh]
# [fragments/node_directory.j2]
#   if part.container.scratch
BINDS=(--bind "${NODE_DIR}:/tmp")
# [service.sbatch.j2]
# [fragments/start_service.j2]
  COMMAND=(python3 -m uvicorn benchmark.server.app:app --host "${IP}" --port "${PORT}" --workers
    "${WORKERS}" --no-access-log --no-server-header --timeout-graceful-shutdown 2)
  export APPTAINERENV_PORT="${PORT}"
  # [fragments/start_service.j2]
  #   if "configure" in part.bash
  #   if part.fleet
  #   if part.contained
  #   if part.container.binds
  #   = "${IMAGE}"
  #   if not (shared or part.setup)
  #   unless shared or job.detached
  #   unless not shared and part.members
# [lib/supervise-service.sh]
