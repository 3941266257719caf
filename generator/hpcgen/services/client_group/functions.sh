JOINED=''
ask() { # METHOD, PATH, BODY, WANTED, PATIENCE, LONGEST: what the service answers is in `said`
  bash "${HERE}/bundle/ask.sh" "$1" "${GROUP}$2" "${@:3}" >"${HERE}/said" &
  wait "$!"
}
pause() { # whether the fleet still runs, half a second later; a signal ends a wait at once
  sleep 0.5 &
  wait "$!"
  kill -0 "${PID}" 2>/dev/null
}
leave() { # the client service is to forget the group, however it ended
  [[ ${JOINED} ]] || return
  ask DELETE '' '' '200 204 404' 0 5
  log "$(<"${HERE}/said")"
}
