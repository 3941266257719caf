declare -A RUNNING=() LOST=() GROUP=()
ORDER=() NEXT=$((SECONDS + 30))
if [[ ! ${DRY_RUN} ]]; then
  mkdir -p -- "${LEDGER}" "${RUN}/logs" && chmod 700 -- "${RUN}" || exit 73
  if [[ -s ${RUNS}/driver ]]; then
    read -r HOST OTHER _ <"${RUNS}/driver"
    [[ ${HOST} == "$(uname -n)" && ! -e /proc/${OTHER} ]] ||
      { echo "process ${OTHER} of ${HOST} runs it; gone? remove ${RUNS}/driver" >&2; exit 1; }
  fi
  echo "$(uname -n) $$ ${CLIENT}" >"${RUNS}/driver" # bin/cancel.sh removes it
  trap 'rm -f -- "${RUNS}/driver"' EXIT
  trap 'echo "what runs goes on: call it again to see it end" >&2; exit 130' INT TERM
  for file in "${FILES[@]}"; do keep "${file}" || exit 73; done
fi
export HPCGEN_BUNDLE=${BUNDLE} HPCGEN_RUN_DIR=${RUN} HPCGEN_JOBS=''
AFTER=''
