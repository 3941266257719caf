# A driver of experiments that finds its mark gone submits no more.
for mark in "${RUN}"/experiments/*/driver; do
  [[ -s ${mark} && ${1:-} != -* ]] || continue
  read -r _ _ client <"${mark}"
  if [[ $# == 0 || " $* " == *" ${client} "* ]]; then rm -f -- "${mark}"; fi
done
