load() { # SECONDS, prepare|round|remove: its status; 124 or 137 where it takes longer
  timeout --kill-after=5 "$1" "${CONTAINED[@]}" bash /bundle/load.sh "$2" \
    "hpcgen_${SLURM_JOB_ID}" "${TABLE_ROWS}" "${CLIENTS}" "${TRANSACTIONS}" "${OPTIONS[@]}" \
    </dev/null 2>>"${HERE}/${NAME}.log" &
  PID=$!
  wait "${PID}"
}
leave() { # take the run's table and the password away
  [[ -e ${HERE}/etc/client.cnf ]] && load 10 remove
  rm -f -- "${HERE}/etc/client.cnf"
}
