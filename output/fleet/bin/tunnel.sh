#!/bin/bash
# Say how to look at the deployment's pages.
# Made by hpcgen, do not edit: change fleet.yaml, then run `hpcgen build`.
set -uo pipefail
export LC_ALL=C
DEPLOYMENT='fleet'
RUN_ROOT="${HOME}"
LOGIN_HOST="$(uname -n)"
LOGIN_PORT=22
declare -A PAGES=([metrics]=prometheus [dashboards]=admin)
declare -A PASSWORDS=()
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/tunnel.sh [SERVICE...]
Says how to look at the pages of the services that have some, from your own machine: the ssh command
that brings them there, where to open them, and who logs in. They are: ${!PAGES[*]}"
[[ ${1:-} == @(-h|--help) ]] && echo "${usage}" && exit 0
(($#)) || set -- "${!PAGES[@]}"
STATUS=0
for service in "$@"; do
  [[ ${PAGES[${service}]:-} ]] || { echo "${usage}" >&2; exit 64; }
  place=$(
    # shellcheck source=/dev/null
    . "${BUNDLE}/connections/${service}.env" &&
      awk -F= '{ is[$1] = $2 } END { print is["HOST"], is["PORT"], is["NODE"] }' \
        "${RUN}/${service}/current/endpoint"
  ) || { STATUS=1 && continue; }
  read -r host port node <<<"${place}"
  way="-p ${LOGIN_PORT} ${USER}@${LOGIN_HOST}"
  [[ ${host} == 127.* ]] && way="-J ${USER}@${LOGIN_HOST}:${LOGIN_PORT} ${USER}@${node}"
  password=${PASSWORDS[${service}]:-${RUN}/secrets/${service}.password}
  printf '%s\n' "${service}: ssh ${way} -NL ${port}:${host}:${port}" \
    "  then http://localhost:${port}/, as ${PAGES[${service}]}; the password: cat ${password}"
done
exit "${STATUS}"
