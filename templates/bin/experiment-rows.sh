ranges() { # NUMBER...: as --array takes them, such as 1-3,5
  local each first=$1 last=$1 said=''
  for each in "${@:2}" ''; do
    [[ ${each} == "$((last + 1))" ]] && last=${each} && continue
    said+=,${first}
    ((last > first)) && said+=-${last}
    first=${each} last=${each}
  done
  echo "${said#,}"
}
submit() { # ROW...: an array of rows that ask Slurm for the same
  local id more row options=(--parsable --export=ALL "--chdir=${RUN}/logs")
  read -ra more <<<"${OPTIONS[$1]:-}"
  options+=(${AFTER:+"--dependency=after${AFTER}"} "${more[@]}")
  options+=("--array=$(ranges "$@")${MAX_PARALLEL:+%${MAX_PARALLEL}}")
  if [[ ${DRY_RUN} ]]; then
    printf 'sbatch%s\n' "$(printf ' %q' "${options[@]}" "${BUNDLE}/jobs/${EXPERIMENT}.sbatch")"
    return
  fi
  id=$(batch "${options[@]}" "${BUNDLE}/jobs/${EXPERIMENT}.sbatch") || return
  id=${id%%;*}
  record "${CLIENT}" "${id}"
  printf '%(%FT%T%z)T submit %s %s\n' -1 "${EXPERIMENT}" "${id}" >>"${RUN}/actions.log"
  for row in "$@"; do
    echo "${id}_${row}" >"${LEDGER}/.new" && mv -T -- "${LEDGER}/.new" "${LEDGER}/${row}" || exit 73
    RUNNING[${row}]=${id} ID[${row}]=${id}_${row}
    unset "ENDED[${row}]"
  done
  echo "${EXPERIMENT} ${id}: rows $*${SERVER[$1]:+ with ${SERVER[$1]}}"
}
state_of_row() { # ROW: as job_state prints it, by QUEUE
  local id=${ID[$1]}
  job_state "${id}" "$(cluster_of "${RUN}/${CLIENT}/${id%_*}")" "${QUEUE}"
}
settle() { # ROW: it has ended
  unset "RUNNING[$1]"
  printf '%s\n' "${ID[$1]}" "${ENDED[$1]}" >"${LEDGER}/$1"
  echo "row $1 (${SAID[$1]}): ${ENDED[$1]#* }"
}
look() { # which rows have left a word on how they ended
  local row
  ls -- "${RUNS}" >/dev/null # makes a network file system look again
  for row in "${!RUNNING[@]}"; do recall "${row}" && settle "${row}"; done
}
ask() { # Slurm, not more often than every 30 s: what it has twice called ended will leave no word
  local answer row
  ((SECONDS >= NEXT)) || return
  NEXT=$((SECONDS + 30 + RANDOM % 10))
  QUEUE=$(slurm_jobs --me) || return
  for row in "${!RUNNING[@]}"; do
    answer=$(state_of_row "${row}")
    if [[ ${answer} != ended* ]]; then
      LOST[${row}]=''
    elif [[ ! ${LOST[${row}]:-} ]]; then
      LOST[${row}]=yes # its word may be on its way
    else
      ENDED[${row}]=" exit ?: without a word: Slurm says ${answer#* }"
      settle "${row}"
    fi
  done
}
has_room() { # COUNT: whether so many more rows may be submitted
  local id rows=0
  declare -A of=()
  [[ ${MAX_PARALLEL} ]] || return 0
  for id in "${RUNNING[@]}"; do
    of[${id}]+=x
    ((${#of[${id}]} > MAX_PARALLEL)) || rows=$((rows + 1))
  done
  ((rows == 0 || rows + $1 <= MAX_PARALLEL))
}
choose() { # ROW...: what is to run; rows of one GROUP ask Slurm for the same, and ORDER has groups
  local answer row same
  QUEUE=$(slurm_jobs --me)
  need_answer "${QUEUE}" "$?"
  ls -- "${RUNS}" >/dev/null 2>&1 # makes a network file system look again
  for row in "$@"; do
    answer=''
    if [[ ${ID[${row}]:-} && ! ${ENDED[${row}]:-} ]]; then
      answer=$(state_of_row "${row}")
    fi
    if [[ ${answer} == unknown* ]]; then
      echo "row ${row} may still run: ${answer#* }" >&2
      exit 75
    elif [[ ${answer} == running* ]]; then
      RUNNING[${row}]=${ID[${row}]%_*}
    elif recall "${row}"; [[ ${HOW} == --again ]] || ! is_done "${row}"; then # it may have ended since
      same=${OPTIONS[${row}]:- }
      [[ ${GROUP[${same}]:-} ]] || ORDER+=("${same}")
      GROUP[${same}]+=" ${row}"
    fi
  done
}
run() { # what was chosen, until all of it has ended; what is refused waits for the end of a row
  local group patience=0 refused=0
  while ((${#RUNNING[@]} + ${#ORDER[@]})); do
    ((${#RUNNING[@]})) && patience=3 # for some seconds after its end a job counts for a limit
    if ((${#ORDER[@]} && (!refused || refused != ${#RUNNING[@]}))); then
      read -ra group <<<"${GROUP[${ORDER[0]}]}"
      if has_room "${#group[@]}"; then
        submit "${group[@]}" && ORDER=("${ORDER[@]:1}") && refused=0 && continue
        (($? != 75)) || { echo "Slurm may have taken the rows ${group[*]}, or not" >&2; exit 75; }
        refused=${#RUNNING[@]}
        ((refused || patience--)) || { echo "sbatch refuses the rows ${group[*]}" >&2; exit 1; }
      fi
    fi
    sleep 2 &
    wait "$!" # a signal ends a wait at once, a sleep only when it is over
    look
    ask
    [[ -s ${RUNS}/driver ]] || { echo "bin/cancel.sh has ended it" >&2 && break; }
  done
}
