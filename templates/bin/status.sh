usage="usage: bin/status.sh [--why]
Shows every job of this deployment: JOB, ID, STATE and DETAIL. The state is Slurm's, with four more:
READY is a service that has proved to work, UNHEALTHY one whose probe fails since, CANCELLED is one
that was asked to end where Slurm calls it FAILED, and UNKNOWN one of which Slurm can tell nothing:
then the status is 75. DETAIL is how the job says that it ended. --why adds what Slurm knows: why a
pending job waits and when it should start, what a running one uses, how an ended one ended, and
with how much memory where the site keeps accounts."
WHY=''
case ${1:-} in
  -h | --help)
    echo "${usage}"
    exit 0
    ;;
  --why)
    WHY=yes
    shift
    ;;
esac
if (($#)); then
  echo "${usage}" >&2
  exit 64
fi
