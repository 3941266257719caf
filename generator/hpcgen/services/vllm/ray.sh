#!/bin/bash
# NODES GPUS CPUS ADDRESS PORT COMMAND...: make a Ray cluster of NODES, each with GPUS and CPUS,
# whose head is at ADDRESS:PORT, and run COMMAND on the head once every GPU is there. The other
# nodes wait for the head. The death of either ends both.
set -uo pipefail
nodes=$1 gpus=$2 cpus=$3 address=$4 port=$5
shift 5
end() { # PID...: ask each to end, in turn, and wait for it
  for pid; do kill -TERM "${pid}" 2>/dev/null && wait "${pid}"; done
}
join=(ray start --block --disable-usage-stats --node-ip-address "${VLLM_HOST_IP}"
  --num-gpus "${gpus}" --num-cpus "${cpus}")
port_of_metrics=${HPCGEN_RAY_METRICS_PORT:-}
[[ ${port_of_metrics} ]] && join+=(--metrics-export-port "${port_of_metrics}")

if ((HPCGEN_NODE_RANK)); then
  until (exec 3<>"/dev/tcp/${address}/${port}") 2>/dev/null; do sleep 0.5; done
  exec "${join[@]}" --address "${address}:${port}"
fi

"${join[@]}" --head --port "${port}" --include-dashboard false &
head=$!
trap 'end "${head}"; exit 143' TERM
export RAY_ADDRESS=${address}:${port}
have=''
until [[ ${have} == $((nodes * gpus)) ]]; do
  kill -0 "${head}" 2>/dev/null || exit 1
  now=$(ray status 2>/dev/null | sed -n 's#.*/\([0-9]*\)\.0 GPU$#\1#p')
  [[ ${now:-0} == "${have}" ]] || echo "${now:-0} of $((nodes * gpus)) GPUs have joined"
  have=${now:-0}
  sleep 1 &
  wait "$!"
done

"$@" &
main=$!
trap 'end "${main}" "${head}"; exit' TERM
wait -n "${head}" "${main}"
status=$?
end "${main}" "${head}"
exit $((status ? status : 1))
