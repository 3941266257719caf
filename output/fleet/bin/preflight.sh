#!/bin/bash -p
# Check what a submit needs.
# Made by hpcgen, do not edit: change fleet.yaml, then run `hpcgen build`.
set +ex -uo pipefail
# What the submitting shell exports must not change what this script does. It begins anew without
# the variables that bash, Slurm's commands and the tools below obey, and without its functions.
UNSET=()
while IFS='' read -r -d '' VARIABLE; do
  case ${VARIABLE%%=*} in
    'BASH_FUNC_module%%' | 'BASH_FUNC_ml%%' | 'BASH_FUNC__module_raw%%') continue ;;
    SQUEUE_* | SCANCEL_* | SCONTROL_* | SINFO_* | SACCT_* | SLURM_TIME_FORMAT | \
      SLURM_BITSTR_LEN | SLURM_TOPO_LEN | SLURM_CONF_OUT | SLURM_JSON | SLURM_YAML | \
      SLURM_DEBUG_FLAGS | SLURM_MUNGE_AUTH_FAIL_TEST | SLURM_CONFIG_FETCH | \
      ABORT_ON_FATAL | SLURM_EXIT_ERROR | SLURM_EXIT_IMMEDIATE | \
      SRUN_*) ;; # Slurm's commands
    BASH_ENV | ENV | CDPATH | GLOBIGNORE | TMOUT | FUNCNEST | BASH_COMPAT | \
      PIPESTATUS | DIRSTACK | BASH_CMDS | BASH_ALIASES | PS4 | TIMEFORMAT | SHELLOPTS | \
      BASHOPTS | BASH_FUNC_* | EUID | UID | GROUPS | FUNCNAME | BASH_SOURCE | \
      BASH_LINENO | BASH_ARGV0 | SECONDS | BASH_XTRACEFD) ;; # bash
    POSIXLY_CORRECT | _POSIX2_VERSION | LD_PRELOAD | LD_AUDIT | LD_ASSUME_KERNEL | \
      LD_HWCAP_MASK | LD_ORIGIN_PATH | LD_SHOW_AUXV | LD_DEBUG* | LD_PROFILE* | \
      LD_VERBOSE | LD_WARN | LD_BIND_NOT | LD_DYNAMIC_WEAK | LD_USE_LOAD_BIAS | \
      LD_TRACE_PRELINKING | HOSTALIASES | LOCALDOMAIN | RES_OPTIONS | \
      RESOLV_*) ;; # the C library, so every program
    QUOTING_STYLE | TIME_STYLE | TABSIZE | BLOCK_SIZE | BLOCKSIZE | DF_BLOCK_SIZE | \
      DU_BLOCK_SIZE | LS_BLOCK_SIZE | FIND_BLOCK_SIZE | __GNU_FINDUTILS_* | \
      GNU_FINDUTILS_* | GREP_* | DEB_GREP_* | AWK* | GAWK_* | DGAWK_* | MAWK* | \
      PMA_VERBOSITY | WHINY_USERS | TIDYMEM | INT_CHAIN_MAX | STR_CHAIN_MAX | CURL_* | \
      SSLKEYLOGFILE | QLOGDIR | PERL5OPT | PERL5DB | PERLIO* | PERL_UNICODE | \
      APPTAINER* | SINGULARITY* | _APPTAINER_* | GODEBUG | \
      GOTRACEBACK) ;; # the tools below, and the container's runtime
    *) continue ;;
  esac
  UNSET+=("--unset=${VARIABLE%%=*}")
done <"/proc/$$/environ"
if [[ $- != *p* || ${UNSET[*]} ]] && [[ -f $0 ]]; then
  exec env "${UNSET[@]}" /bin/bash -p "$0" "$@"
fi
export LC_ALL=C
if [[ ! ${HOME:-} ]]; then
  unset HOME # bash then looks it up
  export HOME=~
fi
export USER="${USER:-$(id -un)}"
DEPLOYMENT='fleet'
RUN_ROOT="${HOME}"
JOBS=(envs-replicas monitoring envs scaling ceilings)
IMAGES=("${HOME}/containers/burtenshaw-openenv-benchmark_latest.sif"
  "${HOME}/containers/prometheus_v3.5.0.sif" "${HOME}/containers/grafana_12.3.0.sif"
  "${HOME}/containers/envoy_v1.40.0.sif" "${HOME}/containers/python_3.13.1-slim.sif"
  "${HOME}/containers/node-exporter_v1.9.1.sif")
SECRETS=()
SERVICES=(envs-replicas dashboards envs)
QUEUE=()
declare -A FLEETS=([envs]='4 envoy /health')
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

# shellcheck disable=SC2329 # the check of a fleet calls it
envoy_works() { # or print why not
  local answer
  answer=$(ask "${ENVOY_ADMIN_URL}/ready") && [[ ${answer} == LIVE* ]] && return
  echo "${answer}"
  return 1
}
# shellcheck disable=SC2329 # the check of a fleet calls it
envoy_backends() { # HOST:PORT HEALTH of each replica that it knows
  ask "${ENVOY_ADMIN_URL}/clusters" | sed -n "s/^${SERVICE}::\(.*\)::health_flags::/\1 /p"
}
# shellcheck disable=SC2329 # the check of a fleet calls it
envoy_upstreams() { # <HEADERS of answers: HOST:PORT of who gave each
  tr -d '\r' | sed -n 's/^x-upstream-host: //Ip'
}

fleet_usage="usage: bin/preflight.sh --fleet [--json] [--url=URL] [--expect=HOSTS] [SERVICE]
Checks a fleet that runs, before anything is measured with it: every worker works, its balancer
works and has every worker as healthy, and requests to the URL reach exactly HOSTS of them: as many
as the recipe has replicas, and one alone only where that is expected. Fleets: ${!FLEETS[*]}. A
check that fails says why, and the status is 1. --json prints the result; it is kept as
preflight.json."

verdict() { # CHECK ok|FAIL WHY
  local why=${3//[$'\\\t\n']/ }
  [[ $2 == ok ]] || OK=false
  [[ ${JSON} ]] || printf '%-5s %s: %s\n' "$2" "$1" "$3"
  CHECKS+=("{\"check\": \"$1\", \"result\": \"$2\", \"why\": \"${why//\"/\'}\"}")
}
ask() { # URL [OPTION...]: what is answered, or why nothing is
  curl --disable --noproxy '*' --silent --show-error --fail --max-time 10 "$@" 2>&1
}
check_workers() { # every worker has an endpoint, and answers at it
  local endpoint key said value wrong=''
  for endpoint in "${RUN}/${SERVICE}-replicas/current/replicas/"*/endpoint; do
    local -A of=()
    while IFS='=' read -r key value; do of[${key}]=${value}; done 2>/dev/null <"${endpoint}"
    [[ ${of[COMPLETE]:-} ]] || continue
    BACKENDS+=("${of[HOST]}:${of[PORT]}") NODES+=("${of[NODE]}")
    said=$(ask "http://${BACKENDS[-1]}${HEALTH}") && continue
    wrong=yes
    verdict workers FAIL "the health of the worker on ${of[NODE]} fails: ${said}"
  done
  if ((${#BACKENDS[@]} != REPLICAS)); then
    verdict workers FAIL "a worker is missing: there are ${#BACKENDS[@]} of ${REPLICAS}: ${NODES[*]}"
  elif [[ ! ${wrong} ]]; then
    verdict workers ok "${#BACKENDS[@]} work: ${NODES[*]}"
  fi
}
check_balancer() { # it works; says nothing of the workers
  local why
  why=$("${BALANCER}_works") && verdict balancer ok "works on ${BALANCER_NODE}" && return
  why="the balancer is missing on ${BALANCER_NODE}: ${why}; see bin/logs.sh ${SERVICE}"
  verdict balancer FAIL "${why}"
}
check_backends() { # the balancer has each worker as healthy
  local -A healths=()
  local health i worker wrong=''
  while read -r worker health; do healths[${worker}]=${health}; done < <("${BALANCER}_backends")
  for i in "${!BACKENDS[@]}"; do
    health=${healths[${BACKENDS[i]}]:-not there}
    [[ ${health} == healthy ]] && continue
    wrong=yes
    verdict backends FAIL "to the balancer the worker on ${NODES[i]} is ${health}"
  done
  [[ ${wrong} || ! ${BACKENDS[*]} ]] ||
    verdict backends ok "${#BACKENDS[@]} are healthy to the balancer"
}
check_hosts() { # requests pass through the balancer, which says whom it asked, and reach so many
  local answers count hosts=() many=$((25 * (EXPECT > 4 ? EXPECT : 4))) worker
  answers=$(ask "${URL}${HEALTH}#[1-${many}]" --output /dev/null --dump-header -)
  while read -r count worker; do hosts+=("\"${worker}\": ${count}"); done < <(
    "${BALANCER}_upstreams" <<<"${answers}" | sort | uniq -c
  )
  HOSTS=$(IFS=,; echo "${hosts[*]}")
  if ((${#hosts[@]} == EXPECT)); then
    verdict hosts ok "requests reach ${#hosts[@]}: ${hosts[*]//\"/}"
  elif ((${#hosts[@]} == 1)); then
    verdict hosts FAIL "there is one worker: every request reaches ${hosts[*]//\"/}"
  elif ((${#hosts[@]})); then
    verdict hosts FAIL "requests reach ${#hosts[@]} workers, not ${EXPECT}: ${hosts[*]//\"/}"
  elif [[ ${answers} == HTTP/* ]]; then
    verdict hosts FAIL "the URL is wrong: at ${URL} there is no balancer, perhaps a worker"
  else
    verdict hosts FAIL "the URL is wrong, or nothing is there: ${answers}"
  fi
}
check_fleet() { # SERVICE: whether all is well with it; the result is kept beside its endpoint
  local CHECKS=() EXPECT=${EXPECT} HEALTH HOSTS='' NODES=() OK=true REPLICAS SERVICE=$1 URL=${URL}
  local BACKENDS=() BALANCER kept=${RUN}/$1/.preflight-${HOSTNAME}-$$ prefix=${1^^} said
  read -r REPLICAS BALANCER HEALTH <<<"${FLEETS[$1]}"
  prefix=HPCGEN_${prefix//-/_}
  mkdir -p -- "${RUN}/$1" || return
  # shellcheck source=/dev/null
  . "${BUNDLE}/connections/$1.env" 2>"${kept}"
  said=$(<"${kept}") REPLICAS=${NUM_WORKERS:-${REPLICAS}} # others by bin/alloc.sh
  : "${EXPECT:=$((REPLICAS > 2 ? REPLICAS : 2))}"
  prefix=${prefix}_URL URL=${URL:-${!prefix:-}}
  check_workers
  if [[ ${said} ]]; then verdict balancer FAIL "the balancer is missing: ${said}"; else
    check_balancer
    check_backends
  fi
  [[ ${URL} ]] && declare -F "${BALANCER}_upstreams" >/dev/null && check_hosts
  said="{\"service\": \"$1\", \"url\": \"${URL}\", \"ok\": ${OK}, \"expected\": ${EXPECT},"
  said+=" \"hosts\": {${HOSTS}}, \"checks\": [$(IFS=,; echo "${CHECKS[*]}")]}"
  printf '%s\n' "${said}" >"${kept}" && mv -T -- "${kept}" "${RUN}/$1/preflight.json"
  [[ ${JSON} ]] && echo "${said}"
  [[ ${OK} == true ]]
}

case ${1:-} in
  -h | --help) echo "${fleet_usage}" ;;
  --fleet)
    JSON='' URL='' EXPECT='' STATUS=0 && shift
    while [[ ${1:-} == --* ]]; do
      case $1 in
        --json) JSON=yes ;;
        --url=http://*) URL=${1#*=} URL=${URL%/} ;;
        --expect=[1-9] | --expect=[1-9][0-9]*) EXPECT=${1#*=} ;;
        *) echo "${fleet_usage}" >&2 && exit 64 ;;
      esac
      shift
    done
    (($#)) || set -- "${!FLEETS[@]}"
    for name in "$@"; do
      [[ ${FLEETS[${name}]:-} ]] || { echo "${fleet_usage}" >&2; exit 64; }
      check_fleet "${name}" || STATUS=1
    done
    exit "${STATUS}"
    ;;
esac

for VARIABLE in SLURM_CLUSTERS SBATCH_CLUSTERS SALLOC_CLUSTERS; do
  [[ ${!VARIABLE:-} ]] || continue
  echo "${VARIABLE}=${!VARIABLE} asks another cluster; unset it, and log in to that one" >&2
  exit 78
done
[[ ${SLURMD_NODENAME:-} ]] || unset SLURM_CLUSTER_NAME # outside a job Slurm is asked

# Where a job runs, for how long and who pays may be set by variables of sbatch and salloc; others
# would make another job of it than the recipe says.
for VARIABLE in "${!SBATCH_@}" "${!SALLOC_@}"; do
  case ${VARIABLE#*_} in
    ACCOUNT | CONSTRAINT | PARTITION | QOS | RESERVATION | TIMELIMIT) ;;
    *)
      echo "${VARIABLE} is not obeyed: the recipe says what a job is" >&2
      unset "${VARIABLE}"
      ;;
  esac
done

# srun obeys the SLURM_* it finds, and a job submitted from within another finds that one's too;
# what it passes on must not say that every task is on this node.
export -n HOSTNAME "${!SLURM_@}"
export SLURM_CLUSTER_NAME SLURM_CONF SLURM_EXPORT_ENV SLURM_JOB_ID SLURM_MPI_TYPE
export SLURM_WORKING_CLUSTER

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
ready. Status 1 where something is missing, 75 where Slurm does not answer."
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
if ! PARTITIONS=$(timeout --kill-after=1 20 sinfo --noheader --format='%P: %D %T' 2>&1); then
  tell FAIL "Slurm does not answer: ${PARTITIONS:-nothing came within 20 s}; try again"
  exit 75
fi
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
while read -r line; do tell note "nodes ${line}"; done <<<"${PARTITIONS}"
if [[ ${WHERE} == --from-node ]]; then
  srun "${QUEUE[@]}" --nodes=1 --ntasks=1 --cpus-per-task=1 --time=00:02:00 --quiet \
    "${BUNDLE}/bin/preflight.sh" --here || STATUS=1
fi
exit "${STATUS}"
