# [around.sh.j2]
#   = telemetry
#   if part.fleet is none and part.is_scraped
# [lib/target.sh]
takes_otlp() { # PORT of its health check: it works, and takes what who has our token sends, alone
  local ask=(curl --disable --noproxy '*' --silent --max-time 5 --output /dev/null)
  ask+=(--write-out '%{http_code}')
  local url=http://${IP}:${PORT}/v1/metrics said
  said="$("${ask[@]}" "http://${IP}:$1/") "
  ask+=(--header 'Content-Type: application/json' --data '{}' "${url}")
  said+="$("${ask[@]}" --config - <<<"header = \"Authorization: Bearer ${TOKEN}\"") "
  said+=$("${ask[@]}")
  [[ ${said} == '200 200 401' ]] || { echo "health check and OTLP answer ${said}"; return 1; }
}
# [around.sh.j2]
#   if part.is_scraped
#   for job, address in part.targets.items()
#   = telemetry "${IP}:8888"
