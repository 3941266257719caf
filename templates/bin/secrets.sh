if (($#)); then
  echo "usage: bin/secrets.sh
Keeps the secrets that are variables of your shell where the jobs find them, readable by you alone:
${VARIABLES[*]}. bin/submit.sh does this itself; before a sbatch by hand, do it once, and unset
them: sbatch gives Slurm every variable of your shell."
  [[ $1 == -h || $1 == --help ]] && exit 0
  exit 64
fi
mkdir -p -- "${RUN}/secrets" && chmod 700 -- "${RUN}" || exit 73
STATUS=0
for i in "${!FILES[@]}"; do
  name=${VARIABLES[i]} file=${RUN}/secrets/${FILES[i]}
  if [[ ${!name:-} ]]; then
    printf %s "${!name}" >"${file}.$$" && mv -T -- "${file}.$$" "${file}" || exit 73
  elif [[ ! -e ${file} ]]; then
    echo "${name} is not set: export it, and run bin/secrets.sh again" >&2
    STATUS=78
  fi
done
exit "${STATUS}"
