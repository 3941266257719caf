# The connection file is the reviewed one: the copy that submit.sh keeps, else the bundle's.
CONNECTION=${RUN}/files/${CONNECTION_SHA256}/${TARGET}.env
[[ -e ${CONNECTION} ]] || CONNECTION=${BUNDLE}/connections/${TARGET}.env
sha256sum --check --status <<<"${CONNECTION_SHA256}  ${CONNECTION}" ||
  die 78 "${CONNECTION} is not the file this job was built with; build the bundle again"
export HPCGEN_RUN_DIR=${RUN} # which the kept copy cannot tell from where it lies

# It connects, or says why not: 1, no endpoint yet; 2, Slurm says that its job does not run.
DEADLINE=$((SECONDS + READY_TIMEOUT))
# shellcheck source=/dev/null
until . "${CONNECTION}" 2>"${HERE}/missing"; do
  PAUSE=$(($? == 2 ? 30 + RANDOM % 10 : 2)) # Slurm is not to be asked more often than that
  ENDED=${RUN}/${TARGET}/${HPCGEN_AWAIT:-none}/ended
  [[ -e ${ENDED} ]] && die 75 "${TARGET} will not come: $(<"${ENDED}")"
  ((SECONDS < DEADLINE)) || die 75 "no ${TARGET} after ${READY_TIMEOUT} s: $(<"${HERE}/missing")"
  sleep "${PAUSE}" &
  PID=$!
  wait "${PID}" # a signal ends a wait at once, a sleep only when it is over
done
