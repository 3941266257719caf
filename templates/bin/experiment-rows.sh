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
  mkdir -p -- "${RUN}/${CLIENT}/${id}"
  printf '%(%FT%T%z)T submit %s %s\n' -1 "${EXPERIMENT}" "${id}" >>"${RUN}/actions.log"
  for row in "$@"; do
    echo "${id}_${row}" >"${LEDGER}/.new" && mv -T -- "${LEDGER}/.new" "${LEDGER}/${row}" || exit 73
    RUNNING[${row}]=${id} ID[${row}]=${id}_${row}
    unset "ENDED[${row}]"
  done
  echo "${EXPERIMENT} ${id}: rows $*${SERVER[$1]:+ with ${SERVER[$1]}}"
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
ask() { # Slurm, not more often than every 30 s: what it has lost twice will leave no word
  local queue row
  ((SECONDS >= NEXT)) || return
  NEXT=$((SECONDS + 30 + RANDOM % 10))
  queue=$(squeue --noheader --me --array --format=%i) || return # it may be starting again
  for row in "${!RUNNING[@]}"; do
    [[ " ${queue//$'\n'/ } " == *" ${ID[${row}]} "* ]] && LOST[${row}]='' && continue
    LOST[${row}]+=x
    [[ ${LOST[${row}]} == xx ]] || continue
    ENDED[${row}]=" exit ?: without a word: killed, or cancelled before it began"
    settle "${row}"
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
  local row same
  QUEUE=$(squeue --noheader --me --array --format=%i) || exit 1
  ls -- "${RUNS}" >/dev/null 2>&1 # makes a network file system look again
  for row in "$@"; do
    if [[ ${ID[${row}]:-} && ! ${ENDED[${row}]:-} ]] &&
      [[ " ${QUEUE//$'\n'/ } " == *" ${ID[${row}]} "* ]]; then
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
        if submit "${group[@]}"; then ORDER=("${ORDER[@]:1}") && refused=0 && continue; fi
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
