probe() { # Chroma's heart beats, and its data is where the job keeps it; else prints why not
  local answer
  answer=$(curl --disable --noproxy '*' --silent --max-time 5 \
    "http://${IP}:${PORT}/api/v2/heartbeat")
  [[ ${answer} == *'"nanosecond heartbeat"'* ]] ||
    { echo "GET /api/v2/heartbeat is answered with ${answer:0:200}"; return 1; }
  [[ -s ${DATA}/chroma.sqlite3 ]] || { echo "Chroma keeps nothing in ${DATA}"; return 1; }
}
