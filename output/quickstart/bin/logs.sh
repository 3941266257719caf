#!/bin/bash -p
# Show the deployment's logs.
# Made by hpcgen, do not edit: change quickstart.yaml, then run `hpcgen build`.
set +ex -uo pipefail
# What the submitting shell exports must not change what this script does. It begins anew without
# the variables that bash, Slurm's commands and the tools below obey, and without its functions.
UNSET=()
while IFS='' read -r -d '' VARIABLE; do
  case ${VARIABLE%%=*} in
    'BASH_FUNC_module%%' | 'BASH_FUNC_ml%%' | 'BASH_FUNC__module_raw%%') continue ;;
    SQUEUE_* | SCANCEL_* | SCONTROL_* | SINFO_* | SACCT_* | SLURM_TIME_FORMAT | \
      SLURM_BITSTR_LEN | SLURM_TOPO_LEN | SLURM_CONF_OUT | SLURM_JSON | SLURM_YAML | \
      SLURM_DEBUG_FLAGS | SLURM_MUNGE_AUTH_FAIL_TEST | SLURM_CONFIG_FETCH | \
      ABORT_ON_FATAL | SLURM_EXIT_ERROR | SLURM_EXIT_IMMEDIATE | \
      SRUN_*) ;; # Slurm's commands
    BASH_ENV | ENV | CDPATH | GLOBIGNORE | TMOUT | FUNCNEST | BASH_COMPAT | \
      PIPESTATUS | DIRSTACK | BASH_CMDS | BASH_ALIASES | PS4 | TIMEFORMAT | SHELLOPTS | \
      BASHOPTS | BASH_FUNC_* | EUID | UID | GROUPS | FUNCNAME | BASH_SOURCE | \
      BASH_LINENO | BASH_ARGV0 | SECONDS | BASH_XTRACEFD) ;; # bash
    POSIXLY_CORRECT | _POSIX2_VERSION | LD_PRELOAD | LD_AUDIT | LD_ASSUME_KERNEL | \
      LD_HWCAP_MASK | LD_ORIGIN_PATH | LD_SHOW_AUXV | LD_DEBUG* | LD_PROFILE* | \
      LD_VERBOSE | LD_WARN | LD_BIND_NOT | LD_DYNAMIC_WEAK | LD_USE_LOAD_BIAS | \
      LD_TRACE_PRELINKING | HOSTALIASES | LOCALDOMAIN | RES_OPTIONS | \
      RESOLV_*) ;; # the C library, so every program
    QUOTING_STYLE | TIME_STYLE | TABSIZE | BLOCK_SIZE | BLOCKSIZE | DF_BLOCK_SIZE | \
      DU_BLOCK_SIZE | LS_BLOCK_SIZE | FIND_BLOCK_SIZE | __GNU_FINDUTILS_* | \
      GNU_FINDUTILS_* | GREP_* | DEB_GREP_* | AWK* | GAWK_* | DGAWK_* | MAWK* | \
      PMA_VERBOSITY | WHINY_USERS | TIDYMEM | INT_CHAIN_MAX | STR_CHAIN_MAX | CURL_* | \
      SSLKEYLOGFILE | QLOGDIR | PERL5OPT | PERL5DB | PERLIO* | PERL_UNICODE | \
      APPTAINER* | SINGULARITY* | _APPTAINER_* | GODEBUG | \
      GOTRACEBACK) ;; # the tools below, and the container's runtime
    *) continue ;;
  esac
  UNSET+=("--unset=${VARIABLE%%=*}")
done <"/proc/$$/environ"
if [[ $- != *p* || ${UNSET[*]} ]] && [[ -f $0 ]]; then
  exec env "${UNSET[@]}" /bin/bash -p "$0" "$@"
fi
export LC_ALL=C
if [[ ! ${HOME:-} ]]; then
  unset HOME # bash then looks it up
  export HOME=~
fi
export USER="${USER:-$(id -un)}"
DEPLOYMENT='quickstart'
RUN_ROOT="${HOME}"
JOBS=(cache cache-bench)
BUNDLE=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
ID=$(printf '%s %s' "${BUNDLE}" "${EUID}" | sha256sum | cut -c1-8)
RUN=${HPCGEN_RUN_DIR:-${RUN_ROOT}/hpcgen/${DEPLOYMENT}-${HPCGEN_DEPLOYMENT:-${ID}}}
umask 077

usage="usage: bin/logs.sh [-f | --all | --errors] [JOB]
Shows the end of the newest log of every job, or of one: ${JOBS[*]}; -f follows it. --all shows
the logs of every run, --errors the lines of all of them that tell of an error."
HOW=''
case ${1:-} in
  -h | --help) echo "${usage}" && exit 0 ;;
  -f | --all | --errors) HOW=$1 && shift ;;
esac
[[ $# == 0 || ($# == 1 && " ${JOBS[*]} " == *" $1 "*) ]] || { echo "${usage}" >&2; exit 64; }
(($#)) && JOBS=("$1")
LOGS=()
for name in "${JOBS[@]}"; do
  ids=("${RUN}/${name}"/[0-9]*)
  mapfile -t ids < <(printf '%s\n' "${ids[@]##*/}" | sort -n)
  [[ ${HOW} == --* ]] || ids=("${ids[-1]}")
  for id in "${ids[@]}"; do
    for log in "${RUN}/${name}/${id}"/{,replicas/*/}{job.log,job.err,"${name}.log"}; do
      [[ -r ${log} ]] && LOGS+=("${log}")
    done
  done
done
((${#LOGS[@]})) || { echo "no logs yet below ${RUN}" >&2; exit 1; }
ERRORS='error|fatal|failed|traceback|exception|killed|out of memory|oom|no space left|denied'
case ${HOW} in
  --errors) exec grep --ignore-case --extended-regexp -He "${ERRORS}" -- "${LOGS[@]}" ;;
  -f) exec tail --lines=20 --follow -- "${LOGS[@]}" ;;
  *) exec tail --lines=20 -- "${LOGS[@]}" ;;
esac
