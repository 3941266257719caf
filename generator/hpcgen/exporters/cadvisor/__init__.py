"""cadvisor: what each control group of a node uses (Google's cAdvisor).

A job of Slurm is a control group, /slurm/uid_*/job_*/step_*; Apptainer makes none, and has no
daemon to ask for names. So cAdvisor reads the groups themselves, and the series have an `id` and no
`name`. It needs control groups that the job's user may read, which most sites have.
"""

from __future__ import annotations

from hpcgen.model.scraping import Exporter
from hpcgen.text.values import Bash, Variable, joined

EXPORTER = Exporter(
    name="cadvisor",
    title="what each control group of its node uses",
    image="gcr.io/cadvisor/cadvisor:v0.52.1",
    usual_port=8080,
    command=(
        "cadvisor",
        joined("--listen_ip=", Variable("IP")),
        joined("--port=", Variable("1")),
        "--http_auth_file=/run/exporter/htpasswd",
        "--http_auth_realm=hpcgen",
        "--logtostderr",
        "--docker_only=false",
        "--housekeeping_interval=10s",
        "--store_container_labels=false",
        "--raw_cgroup_prefix_whitelist=/slurm,/system.slice/slurmstepd.scope",
        "--disable_metrics=advtcp,cpu_topology,hugetlb,memory_numa,percpu,process,referenced_memory,"
        "resctrl,sched,tcp,udp",
    ),
    prepare=(
        Bash(
            "sed -n 's/^  \\(prometheus: \\)/\\1/p' \"${HERE}/exporter/web.yml\" | tr -d ' ' "
            '>"${HERE}/exporter/htpasswd"'
        ),
    ),
    binds=(joined("/sys/fs/cgroup:/sys/fs/cgroup:ro"),),
    on_each_node=True,
)
