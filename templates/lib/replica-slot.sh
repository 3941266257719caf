SLOT=$((REPLICA % PER_NODE)) # which replica of its node this is; its ports are so many further on
for i in "${!PORTS[@]}"; do PORTS[i]=$((PORTS[i] + SLOT)); done
