# A deployment is one bundle and one user. Slurm runs a copy of this script, but knows its path.
[[ ${SLURMD_NODENAME:-} ]] || die 78 "sbatch it, or: srun --overlap -N1 -n1 ${BASH_SOURCE[0]@Q}"
SCRIPT=$(scontrol show job "${SLURM_JOB_ID}" 2>/dev/null | sed -n '/^ *Command=/{s///p;q}')
BUNDLE=${HPCGEN_BUNDLE:-${SCRIPT%/jobs/*}}
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch ]] || BUNDLE=${BASH_SOURCE[0]%/*}/.. # within an allocation
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch ]] || BUNDLE=${SLURM_SUBMIT_DIR:-}
[[ -f ${BUNDLE}/jobs/${NAME}.sbatch || ${HPCGEN_RUN_DIR:-} ]] ||
  die 78 "this is no bundle's script; submit it with: HPCGEN_BUNDLE=DIRECTORY sbatch ..."
ID=$(cd -P -- "${BUNDLE}" 2>/dev/null && printf '%s %s' "${PWD}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
