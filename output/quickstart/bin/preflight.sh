#!/bin/bash
# Check what a submit needs.
# Made by hpcgen, do not edit: change quickstart.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='quickstart'
RUN_ROOT="${HOME}"
JOBS=(cache cache-bench)
IMAGES=("${HOME}/containers/redis_8.2.2.sif")
SECRETS=()
SERVICES=(cache)
QUEUE=()
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

has() { [[ -r $1 ]]; } # IMAGE

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

usage="usage: bin/preflight.sh [--from-node]
Checks what can be known before a submit: images, secrets, a place to write, what Slurm says to each
job, and which nodes are free. --from-node also has a compute node connect to the services that are
ready. Status 1 where something is missing."
WHERE=${1:-}
case ${WHERE} in
  -h | --help) echo "${usage}" && exit 0 ;;
  '' | --from-node | --here) ;;
  *) echo "${usage}" >&2 && exit 64 ;;
esac
STATUS=0 REFUSED=''
tell() { # RESULT WHAT: ok, or FAIL, which counts, or note
  [[ $1 == FAIL ]] && STATUS=1
  printf '%-5s %s\n' "$@"
}
sizes() { # JOB: an experiment's rows ask sbatch for these options, each set once; others for none
  [[ -f ${BUNDLE}/experiments/$1.tsv ]] || { echo; return; }
  awk -F '\t' '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^--/ && $i != "--job-name") option[i] = $i }
    NR > 1 { said = ""
      for (i = 1; i <= NF; i++) if (i in option && $i != "") said = said option[i] "=" $i FS
      print said }' "${BUNDLE}/experiments/$1.tsv" | sort -u
}
connects() { # SERVICE: whether this node reaches it
  local prefix=${1^^}
  prefix=HPCGEN_${prefix//-/_}
  local host=${prefix}_HOST port=${prefix}_PORT
  # shellcheck source=/dev/null
  (. "${BUNDLE}/connections/$1.env" &&
    timeout --kill-after=1 5 bash -c ": >/dev/tcp/${!host}/${!port}") 2>&1
}
if [[ ${WHERE} == --here ]]; then
  node=$(uname -n)
  for service in "${SERVICES[@]}"; do
    said=$(connects "${service}") && tell ok "${node} reaches ${service}" && continue
    tell FAIL "${node} does not reach ${service}: ${said}"
  done
  exit "${STATUS}"
fi

if mkdir -p -- "${RUN}" && [[ -O ${RUN} && -w ${RUN} ]]; then tell ok "${RUN} can be written"; else
  tell FAIL "${RUN} cannot be written"
fi
for image in "${IMAGES[@]}"; do
  if has "${image}"; then tell ok "image ${image}"; else tell FAIL "no image ${image}"; fi
done
for file in "${SECRETS[@]}"; do
  if [[ -O ${file} && $(stat -Lc %a -- "${file}") == [46]00 ]]; then tell ok "secret ${file}"; else
    tell FAIL "${file} must exist, be yours and have mode 600"
  fi
done
for name in "${JOBS[@]}"; do
  while IFS=$'\t' read -ra options; do
    if said=$(sbatch --test-only "${options[@]}" "${BUNDLE}/jobs/${name}.sbatch" 2>&1); then
      tell ok "${said#sbatch: }"
    else
      tell FAIL "sbatch refuses ${name}${options[*]:+ (${options[*]})}: ${said}"
      REFUSED+=${said}
    fi
  done < <(sizes "${name}")
done
while read -r line; do tell note "${line}"; done < <(remedy "${REFUSED}")
while read -r line; do tell note "nodes ${line}"; done < <(sinfo --noheader --format='%P: %D %T')
if [[ ${WHERE} == --from-node ]]; then
  srun "${QUEUE[@]}" --nodes=1 --ntasks=1 --cpus-per-task=1 --time=00:02:00 --quiet \
    "${BUNDLE}/bin/preflight.sh" --here || STATUS=1
fi
exit "${STATUS}"
