#!/bin/bash -p
# Fetch the images that the deployment runs.
# Made by hpcgen, do not edit: change everything.yaml, then run `hpcgen build`.
set +ex -uo pipefail
# What the submitting shell exports must not change what this script does. It begins anew without
# the variables that bash, Slurm's commands and the tools below obey, and without its functions.
UNSET=()
while IFS='' read -r -d '' VARIABLE; do
  case ${VARIABLE%%=*} in
    'BASH_FUNC_module%%' | 'BASH_FUNC_ml%%' | 'BASH_FUNC__module_raw%%') continue ;;
    APPTAINER_* | SINGULARITY_*) continue ;; # where a pull keeps its cache, and who it logs in as
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
PROGRAM='apptainer'
SOURCES=(docker://chromadb/chroma:1.5.9 docker://grafana/grafana:12.3.0 docker://mysql:8.4
  docker://oliver006/redis_exporter:v1.74.0 docker://ollama/ollama:0.18.2
  docker://prom/mysqld-exporter:v0.17.2 docker://prom/node-exporter:v1.9.1
  docker://prom/prometheus:v3.5.0 docker://python:3.13.1-slim docker://redis:8.2.2)
IMAGES=("${HOME}/containers/chroma_1.5.9.sif" "${HOME}/containers/grafana_12.3.0.sif"
  "${HOME}/containers/mysql_8.4.sif" "${HOME}/containers/redis_exporter_v1.74.0.sif"
  "${HOME}/containers/ollama_0.18.2.sif" "${HOME}/containers/mysqld-exporter_v0.17.2.sif"
  "${HOME}/containers/node-exporter_v1.9.1.sif" "${HOME}/containers/prometheus_v3.5.0.sif"
  "${HOME}/containers/python_3.13.1-slim.sif" "${HOME}/containers/redis_8.2.2.sif")

has() { [[ -r $1 ]]; } # IMAGE

pull() { # SOURCE IMAGE: whole, or not there
  mkdir -p -- "${2%/*}" || return 73
  "${PROGRAM}" pull --force "$2.part" "$1" || return 1
  mv -T -- "$2.part" "$2" || return 73
}

if (($#)); then
  echo "usage: bin/pull-images.sh
Fetches the images that are not there yet: ${SOURCES[*]}"
  [[ $1 == -h || $1 == --help ]] && exit 0
  exit 64
fi
for i in "${!SOURCES[@]}"; do
  has "${IMAGES[i]}" && echo "there already: ${IMAGES[i]}" && continue
  echo "fetching ${SOURCES[i]}"
  pull "${SOURCES[i]}" "${IMAGES[i]}" || exit
done
