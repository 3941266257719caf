on_each_node() { # FUNCTION ARGUMENT...: call it on each node of the job, all of them one step
  export -n HOSTNAME "${!SLURM_@}" # srun obeys those that it finds
  export SLURM_CONF SLURM_EXPORT_ENV SLURM_JOB_ID SLURM_WORKING_CLUSTER
  export DEPLOYMENT HERE INTERFACE NAME REPLICA RUN && export -f descends_from die is_ours
  export -f listeners listening_processes log
  exec srun --overlap --nodes "${SLURM_NNODES}" --ntasks "${SLURM_NNODES}" --ntasks-per-node 1 \
    --cpus-per-task 1 --mpi none bash "${HERE}/bundle/around.sh" "$@" </dev/null
}
