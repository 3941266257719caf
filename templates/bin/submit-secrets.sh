# Secrets of the shell are kept for the jobs; a job's submitted environment is no place for them.
if [[ ! ${DRY_RUN} ]]; then
  "${BUNDLE}/bin/secrets.sh" || exit
  unset "${VARIABLES[@]}"
fi
