#!/bin/bash
# Submit the deployment.
# Made by hpcgen, do not edit: change fleet.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='fleet'
RUN_ROOT="${HOME}"
JOBS=(envs-replicas monitoring envs scaling)
declare -A NEEDS=([envs]=envs-replicas [scaling]=envs)
declare -A AFTER=()
declare -A JOB_OF=([metrics]=monitoring [dashboards]=monitoring)
FILES=(connections/envs-replicas.env connections/envs.env connections/metrics.env
  connections/dashboards.env bin/preflight.sh services/envs-replicas/around.sh
  prometheus/prometheus.yml prometheus/rules/node.yml prometheus/rules/envoy.yml
  prometheus/rules/prometheus.yml prometheus/rules/targets.yml prometheus/around.sh
  prometheus/files.sha256 grafana/grafana.ini grafana/provisioning/dashboards/dashboards.yaml
  grafana/provisioning/datasources/metrics.yaml grafana/dashboards/benchmarks.json
  grafana/dashboards/nodes.json grafana/dashboards/overview.json grafana/dashboards/service.json
  grafana/dashboards/envoy.json grafana/around.sh grafana/files.sha256 services/envs/around.sh
  envoy/envs.yaml services/scaling/benchmark.py services/scaling/measuring.py
  services/scaling/progress.py services/scaling/drivers.py services/scaling/grid.py
  services/scaling/scaling.py services/scaling/sessions.py services/scaling/wire.py)
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/submit.sh [--dry-run] [JOB...]
Submits the jobs, all or those named, in this order: ${JOBS[*]}
--dry-run prints the sbatch lines instead."
DRY_RUN=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  --dry-run) DRY_RUN=yes && shift ;;
esac
for name in "$@"; do
  [[ " ${JOBS[*]} " == *" ${name} "* ]] || { echo "${usage}" >&2; exit 64; }
done
(($#)) || set -- "${JOBS[@]}"

# A job runs with the bytes that were submitted with it, whatever becomes of the checkout.
keep() { # FILE of the bundle
  local sum
  sum=$(sha256sum <"${BUNDLE}/$1") && sum=${sum%% *}
  mkdir -p -- "${RUN}/files/${sum}" && cp -f -- "${BUNDLE}/$1" "${RUN}/files/${sum}/"
}

remedy() { # WHAT sbatch has said: of accounts, QOS or limits it says what to do, and what there is
  local yours fix=''
  case $1 in
    *'Invalid account'*) fix='set SBATCH_ACCOUNT to yours, or write "account" in the recipe' ;;
    *'Invalid qos'*) fix='set SBATCH_QOS to one of yours, or write "qos" in the recipe' ;;
    *'accounting/QOS policy'*) fix='wait for your jobs to end, ask for less, or set SBATCH_QOS' ;;
  esac
  [[ ${fix} ]] || return
  yours=$(sacctmgr --noheader --parsable2 show associations "user=$(id -un)" \
    format=Cluster,Account,Partition,QOS 2>/dev/null)
  printf '%s\n' "fix: ${fix}" 'Yours, as CLUSTER|ACCOUNT|PARTITION|QOS:' \
    "${yours:-none that sacctmgr shows; ask the site}"
}

batch() { # ARGUMENT... of sbatch: prints the job's id; of a refusal the reason, and what to do
  local said status
  { said=$(sbatch "$@" 2>&1 >&3); } 3>&1
  status=$?
  [[ ${said} ]] && echo "${said}" >&2
  ((status)) && remedy "${said}" >&2
  return "${status}"
}

submit() { # JOB: prints its id; it starts when those it needs have started, and others have ended
  local need name id after='' ended='' options=(--parsable --export=ALL "--chdir=${RUN}/logs")
  for need in ${NEEDS[$1]:-}; do
    name=${need%_0} # of a job array the first task is enough
    id=${IDS[${JOB_OF[${name}]:-${name}}]:-}
    [[ ${id} ]] || continue
    after+=:${id}${need#"${name}"}
    export HPCGEN_JOBS="${HPCGEN_JOBS:-} ${name}=${id}"
  done
  for need in ${AFTER[$1]:-}; do
    [[ ${IDS[${need}]:-} ]] && ended+=:${IDS[${need}]}
  done
  after=${after:+after${after}}${after:+${ended:+,}}${ended:+afterany${ended}}
  [[ ${after} ]] && options+=("--dependency=${after}")
  if [[ ${DRY_RUN} ]]; then
    printf 'sbatch%s\n' "$(printf ' %q' "${options[@]}" "${BUNDLE}/jobs/$1.sbatch")" >&2
    echo "JOB_ID_OF_$1"
  else
    batch "${options[@]}" "${BUNDLE}/jobs/$1.sbatch"
  fi
}

if [[ ! ${DRY_RUN} ]]; then
  mkdir -p -- "${RUN}/logs" && chmod 700 -- "${RUN}" || exit 73
  for file in "${FILES[@]}"; do keep "${file}" || exit 73; done
fi
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN}
declare -A IDS=()
for name in "${JOBS[@]}"; do
  [[ " $* " == *" ${name} "* ]] || continue
  id=$(submit "${name}") || { echo "sbatch refused ${name}; what was submitted stays" >&2; exit 1; }
  IDS[${name}]=${id%%;*}
  [[ ${DRY_RUN} ]] && continue
  mkdir -p -- "${RUN}/${name}/${IDS[${name}]}"
  printf '%(%FT%T%z)T submit %s %s\n' -1 "${name}" "${IDS[${name}]}" >>"${RUN}/actions.log"
  echo "${name} ${IDS[${name}]}"
done
[[ ${DRY_RUN} ]] || echo "next: bin/status.sh, bin/logs.sh; files: ${RUN}" >&2
