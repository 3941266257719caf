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
