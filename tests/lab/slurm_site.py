"""A cluster profile as the configuration of a slurmctld, which then judges jobs as the site would.

Without slurmdbd Slurm knows neither QOS nor accounts: a submit filter in Lua, as sites themselves
have one, holds jobs to what the profile says of them. What the profile does not know is generous.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hpcgen.model.profile import Partition, Profile, Qos
from hpcgen.text import units

_REST = "rest"
"""The partition of jobs that name none, where a site's QOS or constraint selects it."""

_NODES, _CPUS, _GPUS, _MEMORY = 512, 256, 8, "1T"

_CONF = """\
ClusterName=site
SlurmctldHost=login
SlurmctldPort=7001
SlurmUser=root
AuthType=auth/munge
MpiDefault=none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
PlugStackConfig=/dev/null
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
EnforcePartLimits=ALL
JobSubmitPlugins=lua
GresTypes=gpu
ResumeProgram=/bin/true
SuspendProgram=/bin/true
SuspendTime=60
PrivateData=cloud
SlurmctldPidFile={place}/slurmctld.pid
StateSaveLocation={place}/state
SlurmctldLogFile={place}/log
"""

_IS_SET = {
    "account": "job.account ~= nil",
    "constraint": "job.features ~= nil",
    "mem": "job.min_mem_per_node ~= nil",
    "partition": "job.partition ~= nil",
    "qos": "job.qos ~= nil",
    "time": "job.time_limit ~= slurm.NO_VAL",
}
"""How the filter sees that a job asks for a resource, by the recipes' name for it."""

_FILTER = """\
local function refuse(why) slurm.log_user(why) return slurm.ERROR end
local QOS = {qos}
function slurm_job_modify() return slurm.SUCCESS end
function slurm_job_submit(job)
  local nodes = job.min_nodes == slurm.NO_VAL and 1 or job.min_nodes
{rules}
  if next(QOS) == nil then return slurm.SUCCESS end
  local name = job.qos or {default_qos}
  local qos = QOS[name]
  if name and not qos then return refuse("no qos " .. name) end
  if not qos then return slurm.SUCCESS end
  if job.time_limit ~= slurm.NO_VAL and job.time_limit > qos.minutes then return refuse("time") end
  if nodes < qos.least or nodes > qos.most then return refuse("nodes of qos " .. name) end
  if not qos.gpus and (job.tres_per_node or ""):find("gpu") then return refuse("gpus") end
  if qos.partition and (job.partition or qos.partition) ~= qos.partition then
    return refuse("partition of qos " .. name)
  end
  job.partition = job.partition or qos.partition
  job.qos = nil -- nobody but the filter knows it here
  return slurm.SUCCESS
end
"""


def files(profile: Profile, place: str) -> dict[str, str]:
    """slurm.conf, gres.conf and the filter, name to text, for a slurmctld that lives in `place`."""
    nodes = [*_nodes(profile)]
    return {
        "slurm.conf": _CONF.format(place=place) + "\n".join([*nodes, *_partitions(profile)]) + "\n",
        "gres.conf": "",
        "job_submit.lua": _filter(profile),
    }


def _groups(profile: Profile) -> Iterator[tuple[str, Partition, str]]:
    """The groups of alike nodes: a partition's, and those that a constraint alone selects."""
    for name, partition in profile.partitions.items():
        yield name, partition, ""
    for role in ("cpu", "gpu"):
        selected = profile.select.get(role, {})
        if "partition" not in selected:
            gpus = 0 if role == "cpu" else None
            yield f"{_REST}-{role}", Partition(gpus=gpus), selected.get("constraint", "")


def _nodes(profile: Profile) -> Iterator[str]:
    for name, partition, feature in _groups(profile):
        threads = partition.threads_per_core or 1
        cpus = partition.cpus or _CPUS
        gpus = _GPUS if partition.gpus is None else partition.gpus
        model = f"{partition.gpu_model}:" if partition.gpu_model else ""
        yield " ".join(
            [
                f"NodeName={_host(name)}[1-{partition.max_nodes or _NODES}]",
                f"Sockets=1 CoresPerSocket={cpus // threads} ThreadsPerCore={threads}",
                f"RealMemory={units.memory(partition.mem or _MEMORY) >> 20} State=CLOUD",
                *([f"Gres=gpu:{model}{gpus}"] if gpus else []),
                *([f"Feature={feature}"] if feature else []),
            ]
        )


def _partitions(profile: Profile) -> Iterator[str]:
    rest = []
    for name, partition, _ in _groups(profile):
        nodes = f"{_host(name)}[1-{partition.max_nodes or _NODES}]"
        if name not in profile.partitions:
            rest.append(nodes)
            continue
        yield " ".join(
            [
                f"PartitionName={name} Nodes={nodes}",
                f"MinNodes={partition.min_nodes or 1} MaxNodes={partition.max_nodes or _NODES}",
                f"MaxTime={partition.max_time or 'UNLIMITED'}",
                *(["Default=YES"] if partition.default else []),
                *(["OverSubscribe=EXCLUSIVE"] if partition.shared is False else []),
            ]
        )
    if rest:
        yield f"PartitionName={_REST} Nodes={','.join(rest)} MaxNodes={_NODES} Default=YES"


def _host(name: str) -> str:
    return re.sub(r"[^a-z]", "", name) + "n"


def _filter(profile: Profile) -> str:
    required = [f"if not ({_IS_SET[name]}) then return refuse('no {name}') end"
                for name in profile.require]  # fmt: skip
    forbidden = [f"if {_IS_SET[name]} then return refuse('{name} is forbidden') end"
                 for name in profile.forbid]  # fmt: skip
    rows = (f'["{name}"] = {_row(qos)}' for name, qos in profile.qos.items())
    return _FILTER.format(
        rules="\n".join(f"  {rule}" for rule in (*required, *forbidden)),
        qos="{" + ", ".join(rows) + "}",
        default_qos=f'"{profile.default_qos}"' if profile.default_qos else "nil",
    )


def _row(qos: Qos) -> str:
    minutes = units.walltime(qos.max_time) // 60 if qos.max_time else 10**9
    only = f', partition = "{qos.partitions[0]}"' if qos.partitions else ""
    gpus = "false" if qos.max_gpus == 0 else "true"
    nodes = f"least = {qos.min_nodes or 1}, most = {qos.max_nodes or 10**6}"
    return f"{{minutes = {minutes}, {nodes}, gpus = {gpus}{only}}}"
