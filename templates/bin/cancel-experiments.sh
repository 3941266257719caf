stop_drivers() { # a driver of experiments that finds its mark gone submits no more
  local client mark
  for mark in "${RUN}"/experiments/*/driver; do
    [[ -s ${mark} ]] || continue
    read -r _ _ client <"${mark}"
    [[ " ${WANTED[*]} " != *" ${client} "* ]] || rm -f -- "${mark}"
  done
}
