usage="usage: bin/status.sh [--why]
Shows every job of this deployment: JOB, ID, STATE and DETAIL. The state is Slurm's; READY is a
service that has proved to work; at the end it is COMPLETED, FAILED or CANCELLED, and ENDED for a
job that could not say how. --why adds what Slurm knows: why a pending job waits and when it should
start, what a running one uses, how an ended one ended, and with how much memory where the site
keeps accounts."
WHY=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  --why) WHY=yes && shift ;;
esac
(($#)) && echo "${usage}" >&2 && exit 64
