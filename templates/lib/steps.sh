# srun obeys the SLURM_* it finds, and a job submitted from within another finds that one's too;
# what it passes on must not say that every task is on this node.
export -n HOSTNAME "${!SLURM_@}"
export SLURM_CLUSTER_NAME SLURM_CONF SLURM_EXPORT_ENV SLURM_JOB_ID SLURM_MPI_TYPE
export SLURM_WORKING_CLUSTER
