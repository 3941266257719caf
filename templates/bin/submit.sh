usage="usage: bin/submit.sh [--dry-run] [JOB...]
Submits the jobs, all or those named, in this order: ${JOBS[*]}
--dry-run prints the sbatch lines instead."
DRY_RUN=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  --dry-run) DRY_RUN=yes && shift ;;
esac
for name in "$@"; do
  [[ " ${JOBS[*]} " == *" ${name} "* ]] || { echo "${usage}" >&2; exit 64; }
done
(($#)) || set -- "${JOBS[@]}"
