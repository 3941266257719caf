"""What Slurm's commands obey: the pages of Slurm 24.11, with names of 22.05 to 26.05 compared."""

from __future__ import annotations

from hpcgen.isolation.obeyed import Obeyed

# What srun alone obeys, such as SLURM_LABELIO, is not here: a job keeps every SLURM_* from
# its steps (templates/lib/steps.sh). What sbatch obeys is in templates/lib/submitting.sh.

SLURM: tuple[Obeyed, ...] = (
    Obeyed(
        names=("SQUEUE_*",),
        program="squeue",
        source="squeue(1), ENVIRONMENT VARIABLES",
        effect="jobs are left out, or printed in another form or order; a running job looks ended",
        hostile={
            "SQUEUE_STATES": "COMPLETED",
            "SQUEUE_FORMAT": "evil %u",
            "SQUEUE_FORMAT2": "UserName:40",
            "SQUEUE_USERS": "nobody",
            "SQUEUE_NAMES": "evil",
            "SQUEUE_PARTITION": "evil",
            "SQUEUE_ACCOUNT": "evil",
            "SQUEUE_QOS": "evil",
            "SQUEUE_LICENSES": "evil",
            "SQUEUE_SORT": "-i",
            "SQUEUE_ARRAY": "1",
            "SQUEUE_ALL": "1",
            "SQUEUE_PRIORITY": "1",
            "SQUEUE_SIBLING": "1",
            "SQUEUE_FEDERATION": "1",
            "SQUEUE_LOCAL": "1",
        },
    ),
    Obeyed(
        names=("SCANCEL_*",),
        program="scancel",
        source="scancel(1), ENVIRONMENT VARIABLES",
        effect="it cancels nothing, asks a terminal first, or signals the batch shell or all steps",
        hostile={
            "SCANCEL_STATE": "PENDING",
            "SCANCEL_INTERACTIVE": "true",
            "SCANCEL_BATCH": "true",
            "SCANCEL_FULL": "true",
            "SCANCEL_USER": "nobody",
            "SCANCEL_NAME": "evil",
            "SCANCEL_PARTITION": "evil",
            "SCANCEL_ACCOUNT": "evil",
            "SCANCEL_QOS": "evil",
            "SCANCEL_WCKEY": "evil",
            "SCANCEL_HURRY": "1",
            "SCANCEL_CTLD": "1",
            "SCANCEL_CRON": "1",
            "SCANCEL_VERBOSE": "true",
        },
    ),
    Obeyed(
        names=("SCONTROL_*",),
        program="scontrol",
        source="scontrol(1), ENVIRONMENT VARIABLES",
        effect="it shows nodes, partitions or clusters that it does not show otherwise",
        hostile={
            "SCONTROL_ALL": "1",
            "SCONTROL_FUTURE": "1",
            "SCONTROL_FEDERATION": "1",
            "SCONTROL_SIBLING": "1",
            "SCONTROL_LOCAL": "1",
        },
    ),
    Obeyed(
        names=("SINFO_*",),
        program="sinfo",
        source="sinfo(1), ENVIRONMENT VARIABLES; SINFO_FUTURE: Slurm's src/sinfo/opts.c",
        effect="partitions are left out, or printed in another form or order",
        hostile={
            "SINFO_PARTITION": "evil",
            "SINFO_FORMAT": "evil %P",
            "SINFO_SORT": "-P",
            "SINFO_ALL": "1",
            "SINFO_FUTURE": "1",
            "SINFO_FEDERATION": "1",
            "SINFO_LOCAL": "1",
        },
    ),
    Obeyed(
        names=("SACCT_*",),
        program="sacct",
        source="sacct(1), ENVIRONMENT VARIABLES",
        effect="it prints other columns, or jobs of other clusters",
        hostile={"SACCT_FORMAT": "User%40", "SACCT_FEDERATION": "1", "SACCT_LOCAL": "1"},
    ),
    Obeyed(
        names=("SLURM_TIME_FORMAT", "SLURM_BITSTR_LEN", "SLURM_TOPO_LEN", "SLURM_CONF_OUT"),
        program="squeue, scontrol, sinfo, sacct",
        source="squeue(1), scontrol(1), sinfo(1), sacct(1), ENVIRONMENT VARIABLES",
        effect="times are in another form; the tasks of an array are cut off with '...'",
        hostile={
            "SLURM_TIME_FORMAT": "evil %s",
            "SLURM_BITSTR_LEN": "8",
            "SLURM_TOPO_LEN": "1",
            "SLURM_CONF_OUT": "/nonexistent/evil",
        },
    ),
    Obeyed(
        names=("SLURM_JSON", "SLURM_YAML"),
        program="squeue, scontrol, sinfo, sacct, sacctmgr since Slurm 25.05",
        source="squeue(1) of Slurm 25.05 and later, ENVIRONMENT VARIABLES",
        effect="--json and --yaml print in another form",
        hostile={"SLURM_JSON": "pretty", "SLURM_YAML": "compact"},
    ),
    Obeyed(
        names=("SLURM_DEBUG_FLAGS",),
        program="every command of Slurm",
        source="squeue(1), scancel(1), sacct(1), sstat(1), sbatch(1), ..., ENVIRONMENT VARIABLES",
        effect="a wrong value makes Slurm's configuration invalid: every command fails",
        hostile={"SLURM_DEBUG_FLAGS": "evil"},
    ),
    Obeyed(
        names=("SLURM_MUNGE_AUTH_FAIL_TEST", "SLURM_CONFIG_FETCH", "ABORT_ON_FATAL"),
        program="every command of Slurm",
        source="Slurm's src/plugins/auth/munge/auth_munge.c, src/interfaces/cred.c, "
        "src/common/log.c; no page",
        effect="Slurm refuses who asks, or a command that fails dumps core",
        hostile={
            "SLURM_MUNGE_AUTH_FAIL_TEST": "1",
            "SLURM_CONFIG_FETCH": "1",
            "ABORT_ON_FATAL": "1",
        },
    ),
    Obeyed(
        names=("SLURM_EXIT_ERROR", "SLURM_EXIT_IMMEDIATE"),
        program="sbatch, srun, salloc",
        source="srun(1), sbatch(1), INPUT ENVIRONMENT VARIABLES",
        effect="a failure of Slurm has another status, such as 0",
        hostile={"SLURM_EXIT_ERROR": "0", "SLURM_EXIT_IMMEDIATE": "0"},
    ),
    Obeyed(
        names=("SRUN_*",),
        program="srun",
        source="srun(1), INPUT ENVIRONMENT VARIABLES; SRUN_CPUS_PER_TASK: Slurm 22.05",
        effect="a step runs in another container, has no variables, or its output goes to a file",
        hostile={
            "SRUN_EXPORT_ENV": "NONE",
            "SRUN_OUTPUT": "/dev/null",
            "SRUN_ERROR": "/dev/null",
            "SRUN_INPUT": "none",
            "SRUN_CONTAINER": "/nonexistent",
            "SRUN_CONTAINER_ID": "evil",
            "SRUN_CONTAINER_TYPE": "evil",
            "SRUN_CPUS_PER_TASK": "1",
            "SRUN_SEGMENT_SIZE": "1",
        },
    ),
)
