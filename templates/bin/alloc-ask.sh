mkdir -p -- "${RUN}" && chmod 700 -- "${RUN}" || exit 73
printf '%(%FT%T%z)T alloc %s\n' -1 "${SERVICE} ${ASKED[*]}" >>"${RUN}/actions.log"
exec salloc "${ASKED[@]}" "${BUNDLE}/bin/serve.sh" "$@"
