ask() { # COMMAND: what Redis answers to it, once it has our password, where it has one
  local answer=''
  exec 3<>"/dev/tcp/${REDIS_HOST}/${REDIS_PORT}" &&
    if [[ ${REDISCLI_AUTH} ]]; then
      printf 'AUTH %s\r\n' "${REDISCLI_AUTH}" >&3 && read -r -t 10 -u 3 answer
    fi && [[ ${answer} == @(|+OK*) ]] && printf '%s\r\n' "$1" >&3 && read -r -t 10 -u 3 answer
  exec 3>&-
  printf '%s\n' "${answer%$'\r'}"
}
RUN_USER=''
leave() { # take the run's own user back
  progress_ends
  [[ ${RUN_USER} ]] && ask "ACL DELUSER ${RUN_USER}" >/dev/null
}
rounds() { # REQUESTS of a round: of each test, their sum, a second; and the worst percentiles
  awk -F'","' -v requests="$1" '
    FNR == 1 { next }
    { gsub(/^"|"$/, ""); rate[$1] += $2; done[$1]++ }
    { for (i = 5; i <= 7; i++) if ($i > worst[$1, i]) worst[$1, i] = $i + 0 }
    END {
      for (test in done) printf "%s\t%d\t%.2f\tp50\t%s\tp95\t%s\tp99\t%s\n", test,
        done[test] * requests, rate[test] / done[test], worst[test, 5], worst[test, 6],
        worst[test, 7]
    }' "${RESULTS}"/round-*.csv
}
