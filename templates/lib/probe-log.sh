probe() { # the service has written PROBE_TEXT into its log since it was started the last time
  grep -qF -e "${PROBE_TEXT}" <(tail -c "+$((LOGGED + 1))" -- "${HERE}/${NAME}.log") ||
    { echo "its log lacks: ${PROBE_TEXT}"; return 1; }
}
