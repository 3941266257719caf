usage="usage: bin/preflight.sh [--from-node]
Checks what can be known before a submit: images, secrets, a place to write, what Slurm says to each
job, and which nodes are free. --from-node also has a compute node connect to the services that are
ready. Status 1 where something is missing, 75 where Slurm does not answer."
WHERE=${1:-}
case ${WHERE} in
  -h | --help) echo "${usage}" && exit 0 ;;
  '' | --from-node | --here) ;;
  *) echo "${usage}" >&2 && exit 64 ;;
esac
STATUS=0 REFUSED=''
tell() { # RESULT WHAT: ok, or FAIL, which counts, or note
  [[ $1 == FAIL ]] && STATUS=1
  printf '%-5s %s\n' "$@"
}
sizes() { # JOB: an experiment's rows ask sbatch for these options, each set once; others for none
  [[ -f ${BUNDLE}/experiments/$1.tsv ]] || { echo; return; }
  awk -F '\t' '
    NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /^--/ && $i != "--job-name") option[i] = $i }
    NR > 1 { said = ""
      for (i = 1; i <= NF; i++) if (i in option && $i != "") said = said option[i] "=" $i FS
      print said }' "${BUNDLE}/experiments/$1.tsv" | sort -u
}
connects() { # SERVICE: whether this node reaches it
  local prefix=${1^^}
  prefix=HPCGEN_${prefix//-/_}
  local host=${prefix}_HOST port=${prefix}_PORT
  # shellcheck source=/dev/null
  (. "${BUNDLE}/connections/$1.env" &&
    timeout --kill-after=1 5 bash -c ": >/dev/tcp/${!host}/${!port}") 2>&1
}
if [[ ${WHERE} == --here ]]; then
  node=$(uname -n)
  for service in "${SERVICES[@]}"; do
    said=$(connects "${service}") && tell ok "${node} reaches ${service}" && continue
    tell FAIL "${node} does not reach ${service}: ${said}"
  done
  exit "${STATUS}"
fi

if mkdir -p -- "${RUN}" && [[ -O ${RUN} && -w ${RUN} ]]; then tell ok "${RUN} can be written"; else
  tell FAIL "${RUN} cannot be written"
fi
for image in "${IMAGES[@]}"; do
  if has "${image}"; then tell ok "image ${image}"; else tell FAIL "no image ${image}"; fi
done
for file in "${SECRETS[@]}"; do
  if [[ -O ${file} && $(stat -Lc %a -- "${file}") == [46]00 ]]; then tell ok "secret ${file}"; else
    tell FAIL "${file} must exist, be yours and have mode 600"
  fi
done
if ! PARTITIONS=$(timeout --kill-after=1 20 sinfo --noheader --format='%P: %D %T' 2>&1); then
  tell FAIL "Slurm does not answer: ${PARTITIONS:-nothing came within 20 s}; try again"
  exit 75
fi
for name in "${JOBS[@]}"; do
  while IFS=$'\t' read -ra options; do
    if said=$(sbatch --test-only "${options[@]}" "${BUNDLE}/jobs/${name}.sbatch" 2>&1); then
      tell ok "${said#sbatch: }"
    else
      tell FAIL "sbatch refuses ${name}${options[*]:+ (${options[*]})}: ${said}"
      REFUSED+=${said}
    fi
  done < <(sizes "${name}")
done
while read -r line; do tell note "${line}"; done < <(remedy "${REFUSED}")
while read -r line; do tell note "nodes ${line}"; done <<<"${PARTITIONS}"
if [[ ${WHERE} == --from-node ]]; then
  srun "${QUEUE[@]}" --nodes=1 --ntasks=1 --cpus-per-task=1 --time=00:02:00 --quiet \
    "${BUNDLE}/bin/preflight.sh" --here || STATUS=1
fi
exit "${STATUS}"
