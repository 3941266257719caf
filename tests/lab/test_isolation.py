"""No variable of hpcgen/isolation changes what a job, a helper or a connection file does."""

from __future__ import annotations

import re

import pytest
from hpcgen.isolation import OBEYED

from tests.lab.bundles import Bundle, deploy, outcome, processes
from tests.lab.cluster import Lab

HOSTILE = {name: value for row in OBEYED for name, value in row.hostile.items()}
OF_BASH = {name for row in OBEYED if row.program.startswith("bash") for name in row.hostile}
TASKS = 4
LIST = "/home/alice/variables.txt"
HELPERS = r"""
said() { # of one helper with a variable, or without: what it prints and how it ends
  local out status
  out=$(env "$1" "${@:2}" 2>/dev/null)
  status=$?
  out=$(grep -v '^AT_' <<<"$out") # what LD_SHOW_AUXV has the first program print, whatever that is
  echo "$status ${out##*$'\n'}"
}
connect='set -u; . "$0/connections/cache.env" && echo "$REDIS_HOST:$REDIS_PORT:$REDISCLI_AUTH"'
connected=$(said PLAIN=1 bash -c "$connect" "$0")
status=$(said PLAIN=1 "$0/bin/status.sh")
cleaned=$(said PLAIN=1 "$0/bin/clean.sh" --data)
echo "$connected | $status | $cleaned"
while IFS= read -r each; do
  if [[ $each != BASH_SOURCE=* ]]; then # a shell that has it cannot tell where a file lies
    now=$(said "$each" bash -c "$connect" "$0")
    [[ $now == "$connected" ]] || echo "$each: connections/cache.env: $now"
  fi
  now=$(said "$each" "$0/bin/status.sh")
  [[ $now == "$status" ]] || echo "$each: bin/status.sh: $now"
  now=$(said "$each" "$0/bin/clean.sh" --data)
  [[ $now == "$cleaned" ]] || echo "$each: bin/clean.sh: $now"
done <"$1"
"""
RIVALS = r"""#!/bin/bash
number=0
while IFS= read -r each; do
  number=$((number + 1))
  ((number % {tasks} == SLURM_ARRAY_TASK_ID)) || continue
  for shell in '' bash; do
    env "$each" $shell {script} >"$HOME/rival.$SLURM_JOB_ID" 2>&1
    status=$?
    grep -q 'job {holder} holds' "$HOME/rival.$SLURM_JOB_ID" && ((status == 78)) && continue
    echo "$each: $status: $(tail -n 3 "$HOME/rival.$SLURM_JOB_ID" | tr '\n' ';')"
  done
done <{list}
"""


@pytest.fixture(scope="module")
def serving(lab: Lab) -> Bundle:
    """A Redis that keeps data; each test submits it, for its jobs end with the test."""
    bundle = deploy(lab, "isolated", service={"persistence": "aof"}, client={"requests": 100})
    lines = [f"{name}={value}\n" for name, value in sorted(HOSTILE.items())]
    assert len(lines) > 150
    lab.write(LIST, "".join(lines))
    return bundle


def test_every_name_of_the_list_has_a_hostile_value() -> None:
    for row in OBEYED:
        for name in row.names:
            pattern = re.escape(name).replace(r"\*", ".*")
            assert [value for value in row.hostile if re.fullmatch(pattern, value)], name


def test_no_variable_changes_what_helpers_and_connections_say(lab: Lab, serving: Bundle) -> None:
    bundle = serving
    job = bundle.sbatch()
    end = bundle.ready(job)
    done = lab.run(["bash", "-c", HELPERS, bundle.place, LIST])
    first, *others = done.stdout.splitlines()
    assert first.startswith(f"0 {end['HOST']}:{end['PORT']}:{bundle.password()} | 0 cache")
    assert "READY" in first
    assert first.endswith(" | 1 "), "clean.sh must say that it has not ended"
    assert others == []


def test_no_variable_makes_a_job_take_the_data_of_one_that_runs(lab: Lab, serving: Bundle) -> None:
    bundle = serving
    holder = bundle.sbatch()
    bundle.ready(holder)
    script = f"{bundle.place}/jobs/cache.sbatch"
    text = RIVALS.format(tasks=TASKS, script=script, holder=holder, list=LIST)
    lab.write("/home/alice/rivals", text, mode=0o755)
    array = (f"--array=0-{TASKS - 1}", "--output=rivals.log", "--open-mode=append")
    rivals = lab.sbatch("rivals", *array, cwd="/home/alice")
    lab.wait(lambda: rivals not in lab.jobs(), timeout=600)
    assert lab.path("/home/alice/rivals.log").read_text() == ""
    (owner,) = bundle.path("data/cache/.owner").iterdir()
    assert owner.name.startswith(f"{holder}.")
    assert bundle.connect("true").returncode == 0


def test_all_of_them_together_change_nothing(lab: Lab, serving: Bundle) -> None:
    """But those with which sbatch itself would not work, or the shell that calls it."""
    bundle = serving
    fatal = ("SLURM_DEBUG_FLAGS", "SLURM_MUNGE_AUTH_FAIL_TEST", "LD_", "BASH_FUNC", "SHELLOPTS")
    env = {name: value for name, value in HOSTILE.items() if not name.startswith(fatal)}
    functions = {"BASH_FUNC_ls%%": "() { echo evil; }", "BASH_FUNC_squeue%%": "() { return 0; }"}
    jobs = {"cache": bundle.sbatch(env={**env, **functions})}
    bundle.ready(jobs["cache"])
    jobs |= bundle.submit("bench", env={**env, **functions})
    assert outcome(lab.wait_job(jobs["bench"])) == ("COMPLETED", "0:0")
    ended = bundle.script("cancel", env={**env, **functions})
    assert ended.stdout == f"ended: {jobs['cache']}\n"
    assert outcome(lab.job(jobs["cache"])) == ("COMPLETED", "0:0")
    assert not [line for node in lab.nodes for line in processes(lab, node) if "redis" in line]


def test_variables_of_sbatch_that_make_another_job_of_it_are_not_obeyed(lab: Lab) -> None:
    bundle = deploy(lab, "variables")
    env = {
        "SBATCH_WAIT": "1", "SBATCH_ARRAY_INX": "0-3", "SBATCH_JOB_NAME": "evil",
        "SBATCH_OUTPUT": "/dev/null", "SBATCH_SIGNAL": "KILL@600", "SBATCH_EXPORT": "NONE",
        "SBATCH_OPEN_MODE": "truncate", "SBATCH_REQUEUE": "1", "SBATCH_PARTITION": "debug",
    }  # fmt: skip
    done = bundle.script("submit", env=env)
    (name, job) = done.stdout.split()
    assert name == "cache"
    for variable in env.keys() - {"SBATCH_PARTITION"}:
        assert f"{variable} is not obeyed" in done.stderr
    bundle.ready(int(job))
    record = lab.job(int(job)).record
    assert "JobName=variables-cache " in record
    assert "Partition=debug " in record
    assert "Requeue=0 " in record
    assert "ArrayJobId" not in record
    assert bundle.endpoint(int(job))["JOB_ID"] == job
