load() { # SECONDS, prepare|round|remove: its status; 124 or 137 where it takes longer
  timeout --kill-after=5 "$1" "${CONTAINED[@]}" bash /bundle/load.sh "$2" \
    "hpcgen_${SLURM_JOB_ID}" "${TABLE_ROWS}" "${CLIENTS}" "${TRANSACTIONS}" "${OPTIONS[@]}" \
    </dev/null 2>>"${HERE}/${NAME}.log" &
  PID=$!
  wait "${PID}"
}
leave() { # take the run's table and the password away
  progress_ends
  [[ -e ${HERE}/etc/client.cnf ]] && load 10 remove
  rm -f -- "${HERE}/etc/client.cnf"
}
rounds() { # how many transactions were committed, a second; and what one took on average
  awk -v transactions="${TRANSACTIONS}" '
    FNR == 1 { time += $1; committed += $2; next }
    !$1 { sum += $2 / transactions / 1000; ended++ }
    END {
      if (ended) printf "transaction\t%d\t%.2f\tmean\t%.3f\n", committed,
        committed * 1000000 / time, sum / ended
    }' "${RESULTS}"/round-*.tsv
}
