# Kept data has one owner: a directory that appears by one rename and holds an entry JOB.NONCE.
until mv -T -- "${HERE}/owner" "${DATA}/.owner" 2>/dev/null; do
  HOLDER=$(ls -- "${DATA}/.owner") || die 73 "cannot write ${DATA}"
  [[ ${HOLDER} ]] || continue # it has just let go
  [[ $(squeue --noheader --jobs="${HOLDER%.*}" 2>&1) == @(|*'Invalid job id'*) ]] ||
    die 78 "job ${HOLDER%.*} holds ${DATA}; stop it first: bin/cancel.sh ${NAME}"
  mv -T -- "${DATA}/.owner" "${DATA}/.owner-${HOLDER}" # of several heirs only one succeeds
done
