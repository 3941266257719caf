probe() { # the service has written PROBE_TEXT into its log
  grep -qF -e "${PROBE_TEXT}" -- "${HERE}/${NAME}.log" || { echo "its log lacks: ${PROBE_TEXT}"; return 1; }
}
