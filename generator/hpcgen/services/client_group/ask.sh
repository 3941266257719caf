#!/bin/bash
# One request to the client service. It is repeated, each pause twice the one before, while the
# service does not answer or is busy. Prints what came back; the status is 0 where that is one of
# WANTED, 78 where the service refuses, 75 where it had no answer within PATIENCE seconds.
set -uo pipefail
METHOD=$1 URL=$2 BODY=$3 WANTED=$4 PATIENCE=$5 LONGEST=$6 PAUSE=1
for ((TRY = 1; ; TRY++)); do
  ANSWER=$(curl --disable --noproxy '*' --silent --show-error --max-time "${LONGEST}" \
    --request "${METHOD}" --header 'Content-Type: application/json' --data "${BODY}" \
    --write-out '\n%{http_code}' "${URL}" 2>&1)
  STATUS=${ANSWER##*$'\n'}
  SAID=$(tr -s '[:cntrl:]' ' ' <<<"${ANSWER%$'\n'*}" | cut -c1-300)
  [[ ${STATUS} == 000 ]] && STATUS='no answer'
  echo "${METHOD} ${URL}: ${STATUS} at try ${TRY}: ${SAID}"
  [[ " ${WANTED} " == *" ${STATUS} "* ]] && exit 0
  [[ ${STATUS} == @(no answer|408|429|5??) ]] || exit 78
  ((SECONDS + PAUSE <= PATIENCE)) || exit 75
  sleep "${PAUSE}.$((RANDOM % 10))"
  PAUSE=$((PAUSE < 16 ? PAUSE * 2 : 30))
done
