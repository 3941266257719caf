# A deployment is one bundle and one user. Slurm runs a copy of this script, but knows its path.
[[ ${SLURMD_NODENAME:-} ]] || die 78 "sbatch it, or: srun --overlap -N1 -n1 ${BASH_SOURCE[0]@Q}"
BUNDLE=${HPCGEN_BUNDLE:-}
while [[ ! ${BUNDLE} ]]; do
  ANSWER=$(timeout --kill-after=1 20 scontrol show job "${SLURM_JOB_ID}" 2>&1)
  STATUS=$?
  BUNDLE=$(sed -n 's|^ *Command=\(.*\)/jobs/.*|\1|p' <<<"${ANSWER}" | head -n 1)
  [[ ${STATUS} == 0 || ${ANSWER} == *'Invalid job id'* ]] && break
  ((SECONDS < 180)) || die 75 "Slurm does not say where this script is from: ${ANSWER}"
  sleep 5 &
  wait "$!" # a signal ends a wait at once, a sleep only when it is over
done
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch ]] || BUNDLE=${BASH_SOURCE[0]%/*}/.. # within an allocation
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch ]] || BUNDLE=${SLURM_SUBMIT_DIR:-}
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch || ${HPCGEN_RUN_DIR:-} ]] ||
  die 78 "this is no bundle's script; submit it with: HPCGEN_BUNDLE=DIRECTORY sbatch ..."
ID=$(cd -P -- "${BUNDLE}" 2>/dev/null && printf '%s %s' "${PWD}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
