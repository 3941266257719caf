# --- what Slurm says of a job: it runs, it has ended, or nobody knows -----------------------------
FINAL_STATES='BOOT_FAIL|CANCELLED|COMPLETED|DEADLINE|FAILED|NODE_FAIL|OUT_OF_MEMORY|PREEMPTED'
FINAL_STATES+='|REVOKED|TIMEOUT'

slurm_jobs() { # OPTION of squeue...: ID ARRAY TASK STATE START REASON of each job Slurm knows
  SLURM_TIME_FORMAT=%s timeout --kill-after=1 "${SLURM_PATIENCE}" \
    squeue --noheader --all --array --states=all --format='%A %F %i %T %S %R' "$@" 2>&1
}

judge_states() { # JOB <LINES of slurm_jobs: running STATE, ended STATE, or nothing; see job_state
  awk -v job="$1" -v final="^(${FINAL_STATES})$" '
    "=" $1 != job && $1 != job && $2 != job && $3 != job && index($3, job "+") != 1 { next }
    $4 !~ final { running = $4 }
    ended == "" || ended == "COMPLETED" { ended = $4 }
    END {
      if (running) print "running " running
      else if (ended) print "ended " ended
    }'
}

was_seen_to_end() { # JOB: each directory that it has in the run directory says how it ended
  local directory found=''
  for directory in "${RUN}"/*/"$1"; do
    [[ -d ${directory} ]] || continue
    [[ -e ${directory}/ended || -e ${directory}/slurm-state ]] || return 1
    found=yes
  done
  [[ ${found} ]]
}

judge_forgotten() { # JOB that Slurm does not know: this alone does not prove that it has ended
  local states
  if was_seen_to_end "$1"; then
    echo 'ended FORGOTTEN'
    return
  fi
  states=$(timeout --kill-after=1 "${SLURM_PATIENCE}" sacct --noheader --parsable2 \
    --allocations --jobs="$1" --format=State 2>/dev/null | awk '{ print 0, 0, 0, $1 }')
  case $(judge_states 0 <<<"${states}") in
    ended*) echo "ended ${states##* }" ;;
    *) echo "unknown Slurm does not know job $1, and nothing tells that it has ended" ;;
  esac
}

job_state() { # JOB [CLUSTER [LINES of slurm_jobs [START]]]: running STATE, ended STATE, unknown WHY
  # JOB is a number, which of an array means all of its tasks, or =NUMBER: the job that has this
  # SLURM_JOB_ID, and no other task. START is when it started, as Slurm told it.
  local asked='' job=${1#=} lines=${3:-} state status
  [[ ${2:-} ]] && asked=$(cluster_name)
  if [[ ${2:-} && ! ${asked} ]]; then
    echo 'unknown Slurm does not answer which cluster this is'
    return
  elif [[ ${2:-} != "${asked}" ]]; then
    echo "unknown job ${job} is one of cluster $2, and this node asks cluster ${asked}"
    return
  fi
  if (($# < 3)) || [[ $3 == ask ]]; then
    lines=$(slurm_jobs --jobs="${job}")
    status=$?
    if ((status)) && [[ ${lines} != *'Invalid job id'* ]]; then
      lines=${lines##*$'\n'}
      echo "unknown Slurm does not answer: ${lines:-nothing came within ${SLURM_PATIENCE} s}"
      return
    fi
  fi
  if [[ ${4:-} ]] && awk -v job="${job}" -v start="$4" '
    $1 == job && $5 != start { found = 1 }
    END { exit !found }' <<<"${lines}"; then
    echo "unknown Slurm has started job ${job} at another time, or given its number to another"
    return
  fi
  state=$(judge_states "$1" <<<"${lines}")
  [[ ${state} ]] || state=$(judge_forgotten "${job}")
  echo "${state}"
}
